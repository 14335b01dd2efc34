#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daq/base/config.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/primitive.hpp"
#include "daq/model/setup.hpp"
#include "readout/frame_checker.hpp"

namespace spillway::readout {

/// Finds primitives in the frames of one stream, which come in the order of time.
class Finder {
 public:
  virtual ~Finder() = default;
  /// Appends what is finished; nothing that begins before the frame's begin or before open_since().
  virtual void find(model::Encoding encoding, const CheckedFrame& frame, std::vector<model::Primitive>& out) = 0;
  /// No frame that begins before `watermark` will come any more: appends what ends with a missing frame.
  virtual void pass(Timestamp /*watermark*/, std::vector<model::Primitive>& /*out*/) {}
  /// Begin of the earliest hit that may still grow; for ever where there is none.
  [[nodiscard]] virtual Timestamp open_since() const { return Timestamp::max(); }
};

/// What readout needs to know of a stream of a kind of detector.
struct StreamElectronics {
  StreamDescription description;
  std::unique_ptr<Finder> finder;
};

/// From the table of detector kinds. Throws Error for a kind that has no finder.
[[nodiscard]] StreamElectronics make_electronics(const Config& config, const model::Setup& setup,
                                                 const model::Detector& detector, const std::string& stream);

}  // namespace spillway::readout
