#include <csignal>

#include "daq/event_builder/builder_service.hpp"

int main(int argc, char** argv) {
  using namespace spillway;
  // A limit on the size of files is an error of the call that meets it, not the end of the process.
  std::signal(SIGXFSZ, SIG_IGN);
  return service::run_service(argc, argv, "event-builder",
                              "Puts the fragments of each decision together and writes the event files",
                              [](service::Host& host) -> std::unique_ptr<service::Service> {
                                return std::make_unique<event_builder::BuilderService>(host);
                              });
}
