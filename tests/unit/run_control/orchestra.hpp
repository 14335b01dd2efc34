#pragma once

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "daq/run_control/conductor.hpp"

namespace spillway::run_control {

/// A conductor whose services are played by the test.
class Orchestra : public ::testing::Test {
 protected:
  using EndpointsOf = std::map<std::string, std::map<std::string, std::string>>;

  static std::vector<Member> members() {
    return {{"front_end.f", Role::kFrontEnd},
            {"online", Role::kOnline},
            {"readout.a.0", Role::kReadout},
            {"trigger", Role::kTrigger},
            {"event_builder", Role::kBuilder}};
  }

  /// Replaces what was collected by what the conductor wants now.
  void collect() {
    sends_.clear();
    kills_.clear();
    restarts_.clear();
    collect_more();
  }
  void collect_more() {
    for (const Action& action : conductor_.take_actions()) {
      if (const auto* send = std::get_if<Send>(&action)) sends_.push_back(*send);
      if (const auto* kill = std::get_if<Kill>(&action)) {
        kills_.push_back(kill->process);
        all_kills_.push_back(kill->process);
      }
      if (const auto* restart = std::get_if<Restart>(&action)) restarts_.push_back(restart->process);
      if (const auto* alarm = std::get_if<Alarm>(&action)) alarms_.push_back(alarm->text);
    }
  }
  /// "trigger configure" for each command collected.
  std::vector<std::string> sent() const {
    std::vector<std::string> texts;
    for (const Send& send : sends_) {
      const auto* field = v1::Command::descriptor()->FindFieldByNumber(send.command.command_case());
      texts.push_back(send.process + " " + field->name());
    }
    return texts;
  }

  void say(const std::string& process, v1::Report report) {
    report.set_process(process);
    report.set_boot_id(conductor_.boot_of(process));
    conductor_.take(report, now_);
    collect();
  }
  void hello(const std::string& process) {
    v1::Report report;
    report.set_process(process);
    report.set_boot_id(++last_boot_);
    report.mutable_hello();
    conductor_.take(report, now_);
    collect();
  }
  void greet_all() {
    for (const Member& member : members()) hello(member.process);
  }
  void reply_to(const Send& send, const std::string& error, const EndpointsOf& endpoints = {}) {
    v1::Report report;
    report.set_process(send.process);
    report.set_boot_id(send.boot_id);
    report.mutable_reply()->set_number(send.command.number());
    report.mutable_reply()->set_error(error);
    // A service repeats its endpoints in every reply.
    for (const auto& [process, links] : endpoints) endpoints_[process] = links;
    for (const auto& [link, endpoint] : endpoints_[send.process]) {
      (*report.mutable_reply()->mutable_endpoints())[link] = endpoint;
    }
    conductor_.take(report, now_);
  }
  void reply_to_all(const EndpointsOf& endpoints = {}) {
    for (const Send& send : std::exchange(sends_, {})) reply_to(send, "", endpoints);
    collect();
  }
  void reply(const std::string& process, const std::string& error) {
    for (const Send& send : std::exchange(sends_, {})) {
      if (send.process == process) reply_to(send, error);
    }
    collect();
  }
  void run() {
    greet_all();
    while (conductor_.phase() < Phase::kRunning && !sends_.empty()) reply_to_all();
    ASSERT_EQ(conductor_.phase(), Phase::kRunning);
  }
  void run_end(std::int64_t end_ns) {
    v1::Report report;
    report.mutable_run_end()->set_end_ns(end_ns);
    say("trigger", report);
  }
  void builder_finished() {
    v1::Report report;
    report.mutable_finished()->mutable_run()->set_digest("d");
    say("event_builder", report);
  }
  void online_finished(std::uint64_t on, std::uint64_t off) {
    v1::Report report;
    auto& counts = *report.mutable_finished()->add_counts();
    counts.set_detector("a");
    counts.set_on(on);
    counts.set_off(off);
    say("online", report);
  }
  void front_end_finished(const std::map<std::string, std::uint64_t>& skipped) {
    v1::Report report;
    report.mutable_finished();
    for (const auto& [reason, count] : skipped) {
      (*report.mutable_finished()->mutable_input_skipped())[reason] = count;
    }
    say("front_end.f", report);
  }
  void die(const std::string& process, const std::string& how) {
    conductor_.died(process, how, now_);
    collect();
  }
  void die_all(const std::string& how) {
    for (const Member& member : members()) die(member.process, how);
  }
  void tick() {
    conductor_.tick(now_);
    collect();
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    tick();
  }

  Instant now_{std::chrono::hours(1)};
  std::uint64_t last_boot_ = 100;
  Conductor conductor_{members(), v1::Configure(), now_};
  std::vector<Send> sends_;
  std::vector<std::string> kills_, all_kills_, restarts_, alarms_;
  EndpointsOf endpoints_;
};

}  // namespace spillway::run_control
