#include "daq/event_builder/builder_service.hpp"

int main(int argc, char** argv) {
  using namespace spillway;
  return service::run_service(argc, argv, "event-builder",
                              "Puts the fragments of each decision together and writes the event files",
                              [](service::Host& host) -> std::unique_ptr<service::Service> {
                                return std::make_unique<event_builder::BuilderService>(host);
                              });
}
