#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace spillway::sim_front_end {

/// A list file to make: a digitiser that records a beam gate on one channel and detector pulses on others.
struct ListFileOptions {
  std::uint64_t gates = 10;
  double period_ms = 100;
  std::vector<std::uint16_t> channels = {0};  ///< of the detector
  std::uint16_t gate_channel = 1;
  std::uint64_t seed = 1;
  double signal_probability = 1;  ///< of a pulse per gate and detector channel
  double background_hz = 0;       ///< pulses per detector channel at random times
};

/// Writes a CoMPASS list file (file word 0xCAED, 1000 samples of 2 ns a record) like that of a real DT5730: gate
/// records with flat samples; detector records a few ns around each gate, now and then before it in time but behind it
/// in the file, with a flat-topped pulse of about 780 ADC counts on a baseline of 2740 and noise. Everything random is
/// drawn from hashes of seed, channel and index: the same options give the same bytes. Throws Error where the file
/// cannot be written or the options make no sense.
void write_compass_file(const std::filesystem::path& file, const ListFileOptions& options);

}  // namespace spillway::sim_front_end
