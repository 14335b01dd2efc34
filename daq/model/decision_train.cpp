#include "daq/model/decision_train.hpp"

namespace spillway::model {

bool DecisionTrain::sane() const {
  return pre.ns >= 0 && post.ns >= 0 && (bits & kReadOut) == 0 && gates.sane() && count() <= kMostInTrain;
}

bool DecisionFolder::extend(const Decision& decision) {
  if (decision.primitives > 0 || decision.read_out() || count() >= kMostInTrain) return false;
  const Duration pre = decision.gate.time.begin - decision.window.begin;
  const Duration post = decision.window.end - decision.gate.time.end;
  if (count() > 0) {
    const bool follows = decision.detector == alike_.detector && decision.id == alike_.first_id + count() &&
                         decision.bits == alike_.bits && pre == alike_.pre && post == alike_.post;
    return follows && gates_.extend(decision.gate);
  }
  alike_ = {decision.detector, decision.id, decision.bits, pre, post, {}};
  return gates_.extend(decision.gate);
}

DecisionTrain DecisionFolder::train() const {
  DecisionTrain train = alike_;
  train.gates = gates_.trains();
  return train;
}

}  // namespace spillway::model
