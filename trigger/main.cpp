#include "trigger/trigger_service.hpp"

int main(int argc, char** argv) {
  using namespace spillway;
  return service::run_service(argc, argv, "trigger", "Decides about every gate: which data are read out, and why not",
                              [](service::Host& host) -> std::unique_ptr<service::Service> {
                                return std::make_unique<trigger::TriggerService>(host);
                              });
}
