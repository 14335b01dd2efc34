#include <memory>

#include "daq/service/service.hpp"
#include "monitoring/online/online_service.hpp"

int main(int argc, char** argv) {
  return spillway::service::run_service(
      argc, argv, "online", "Counts candidates in on- and off-beam gates from the event files of a run.",
      [](spillway::service::Host& host) { return std::make_unique<spillway::online::OnlineService>(host); });
}
