#include <algorithm>
#include <cstdlib>
#include <memory>

#include "detectors/lartpc/wibeth.hpp"

using namespace spillway;
using namespace spillway::detectors;

/// A frame made of the input again and again, so that few bytes reach all of it, or the input alone where its first
/// byte is odd. What decodes must encode to the same samples and fields.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes bytes;
  if (data[0] % 2 == 1) {
    append(bytes, std::as_bytes(std::span(data, size)));
  } else {
    while (bytes.size() < lartpc::kFrameBytes) append(bytes, std::as_bytes(std::span(data, size)));
    bytes.resize(lartpc::kFrameBytes);
  }
  bytes.shrink_to_fit();
  (void)frame_time(model::Encoding::of(model::EncodingFamily::kWibEth), bytes, lartpc::wib_eth_clock(Timestamp{0}),
                   512);
  const auto view = lartpc::decode_wib_eth(bytes);
  if (!view) return 0;
  const auto adc = std::make_unique<lartpc::AdcBlock>();
  for (std::size_t s = 0; s < lartpc::kSamples; ++s) {
    (*adc)[s] = view->row(s);
    for (std::size_t c = 0; c < lartpc::kChannels; ++c) {
      if (view->adc(c, s) != (*adc)[s][c]) std::abort();
    }
  }
  Bytes again(lartpc::kFrameBytes);
  const std::span<std::byte, lartpc::kFrameBytes> out(again);
  lartpc::encode_wib_eth(view->daq_header(), view->wib_header(), *adc, out);
  const auto second = lartpc::decode_wib_eth(again);
  if (!second || second->daq_header() != view->daq_header() || second->wib_header() != view->wib_header()) std::abort();
  if (!std::equal(again.begin() + lartpc::kHeadBytes, again.end(), view->bytes().begin() + lartpc::kHeadBytes))
    std::abort();
  return 0;
}
