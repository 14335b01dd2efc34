#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "daq/base/bytes.hpp"

namespace spillway::readout {

/// Keeps the first bad frames of each stream for whoever wants to know what the electronics did:
/// `<folder>/<stream>.bin`,
/// '/' in the stream's name written as '_', each frame behind its length (u32). A disk that does not take them is no
/// reason to stop.
class Quarantine {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;  ///< of one stream

  explicit Quarantine(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void keep(const std::string& stream, ByteView frame);
  [[nodiscard]] std::uint64_t kept() const { return kept_; }

 private:
  struct File {
    std::ofstream stream;
    std::size_t bytes = 0;
  };
  std::filesystem::path folder_;
  std::map<std::string, File> files_;
  std::uint64_t kept_ = 0;
};

}  // namespace spillway::readout
