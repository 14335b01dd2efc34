#include "daq/event_builder/digest_maker.hpp"

#include <utility>

namespace spillway::event_builder {
namespace {

/// A payload as long as this takes longer to hash than a thread to wake.
constexpr std::size_t kHashedApart = std::size_t{64} << 10;
constexpr int kNiceness = 5;
/// What may wait to be hashed, as much as a window of a large detector. Beyond it writing waits as well, or memory
/// would grow while the disk is faster.
constexpr std::size_t kMostUnderWay = std::size_t{128} << 20;

}  // namespace

DigestMaker::DigestMaker() : worker_(kNiceness) {}

void DigestMaker::add_fragment(const std::string& stream, const model::Decision& decision, model::FragmentStatus status,
                               ByteView payload, std::function<void()> release) {
  const auto add = [this, &stream, id = decision.id, window = decision.window, status, payload] {
    digest_.add_fragment(stream, id, window, status, payload);
  };
  if (payload.size() < kHashedApart && worker_.idle()) {
    add();
    release();
    return;
  }
  while (under_way_ > kMostUnderWay) worker_.wait_for_one();
  under_way_ += payload.size();
  worker_.post(add, [this, bytes = payload.size(), release = std::move(release)] {
    under_way_ -= bytes;
    release();
  });
}

std::string DigestMaker::finish() {
  worker_.wait();
  return digest_.finish();
}

}  // namespace spillway::event_builder
