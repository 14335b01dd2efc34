#include "trigger/stream_join.hpp"

#include <algorithm>

#include "trigger/coincidence.hpp"

namespace spillway::trigger {
namespace {

bool earlier(const model::Primitive& a, const model::Primitive& b) {
  return a.time_start_ns < b.time_start_ns;
}

void add_books(model::StreamLedger& to, const model::StreamLedger& from) {
  // The front end counts on while readouts come and go; everybody else counts from zero.
  to.sent = std::max(to.sent, from.sent);
  to.duplicated += from.duplicated;
  to.accepted += from.accepted;
  add(to.rejected, from.rejected);
  add(to.lost, from.lost);
  to.outside_run += from.outside_run;
}

}  // namespace

StreamJoin::StreamJoin(std::string stream, Timestamp run_begin) : stream_(std::move(stream)), watermark_(run_begin) {
  past_.stream = stream_;
}

void StreamJoin::take(const PrimitiveBatch& batch, std::vector<Interval>& missing) {
  const Interval uncovered{watermark_, batch.covered_from};
  if (!uncovered.empty()) missing.push_back(uncovered);
  for (const Interval& gap : batch.gaps) {
    if (!gap.empty()) missing.push_back(gap);
  }

  for (const model::Primitive& primitive : batch.primitives) {
    if (primitive.time().begin < watermark_) {
      ++refused_["primitive_too_old"];
    } else if (primitives_.empty() || !earlier(primitive, primitives_.back())) {
      primitives_.push_back(primitive);
    } else {
      primitives_.insert(std::upper_bound(primitives_.begin(), primitives_.end(), primitive, earlier), primitive);
    }
  }

  if (batch.totals) present_ = *batch.totals;
  ended_ = ended_ || batch.end_of_stream;
  const Timestamp watermark = batch.end_of_stream ? Timestamp::max() : batch.watermark;
  if (watermark > watermark_) {
    watermark_ = watermark;
    deliveries_.add(watermark, batch.sent_wall_ns);
  }
}

void StreamJoin::supersede() {
  add_books(past_, present_);
  present_ = {};
}

void StreamJoin::overlapping(Interval time, std::vector<model::Primitive>& out) const {
  for (const model::Primitive& primitive : primitives_) {
    if (primitive.time().begin >= time.end) break;
    if (on_during(primitive, time)) out.push_back(primitive);
  }
}

void StreamJoin::beginning_in(Interval time, std::vector<model::Primitive>& out) const {
  const auto begins_before = [](const model::Primitive& p, Timestamp t) { return p.time().begin < t; };
  auto next = std::lower_bound(primitives_.begin(), primitives_.end(), time.begin, begins_before);
  for (; next != primitives_.end() && next->time().begin < time.end; ++next) out.push_back(*next);
}

void StreamJoin::drop_before(Timestamp t) {
  while (!primitives_.empty() &&
         std::max(primitives_.front().time().end, primitives_.front().time().begin + nanoseconds(1)) <= t) {
    primitives_.pop_front();
  }
  deliveries_.drop_before(t);
}

model::StreamLedger StreamJoin::totals() const {
  model::StreamLedger sum = past_;
  add_books(sum, present_);
  return sum;
}

}  // namespace spillway::trigger
