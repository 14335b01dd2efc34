#include "daq/service/service.hpp"
#include "readout/readout_service.hpp"

int main(int argc, char** argv) {
  return spillway::service::run_service(
      argc, argv, "readout",
      "Keeps the frames of a detector, finds primitives in them, and answers the trigger's requests for raw data.",
      [](spillway::service::Host& host) { return std::make_unique<spillway::readout::ReadoutService>(host); });
}
