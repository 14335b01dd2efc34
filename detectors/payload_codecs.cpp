#include "detectors/payload_codecs.hpp"

#include <array>

#include "detectors/lartpc/adc_codec.hpp"

namespace spillway::detectors {

namespace {

bool decode_wib_eth_payload(ByteView stored, std::span<std::byte> raw) {
  return static_cast<bool>(lartpc::decode_adc(stored, raw));
}

std::uint64_t wib_eth_bytes(ByteView stored) {
  const auto bytes = lartpc::adc_raw_bytes(stored);
  return bytes ? *bytes : 0;
}

constexpr std::uint32_t id_of(lartpc::AdcMode mode) {
  return static_cast<std::uint32_t>(mode);
}

constexpr std::array kCodecs = {
    model::PayloadCodec{id_of(lartpc::AdcMode::kFast), lartpc::kFrameBytes, decode_wib_eth_payload, wib_eth_bytes},
    model::PayloadCodec{id_of(lartpc::AdcMode::kDense), lartpc::kFrameBytes, decode_wib_eth_payload, wib_eth_bytes},
};

lartpc::AdcMode mode_of(model::Compression compression) {
  return compression == model::Compression::kFast ? lartpc::AdcMode::kFast : lartpc::AdcMode::kDense;
}

}  // namespace

struct PayloadEncoder::State {
  lartpc::AdcMode mode;
  lartpc::AdcEncoder adc;
};

model::PayloadCodecs payload_codecs() {
  return kCodecs;
}

PayloadEncoder::PayloadEncoder(model::Compression compression) {
  if (compression == model::Compression::kNone) return;
  const lartpc::AdcMode mode = mode_of(compression);
  state_ = std::make_unique<State>(State{mode, lartpc::AdcEncoder(mode)});
}
PayloadEncoder::~PayloadEncoder() = default;
PayloadEncoder::PayloadEncoder(PayloadEncoder&&) noexcept = default;

CodedPayload PayloadEncoder::encode(model::Encoding encoding, std::uint32_t frames, ByteView payload) {
  if (!state_ || encoding.family() != model::EncodingFamily::kWibEth) return {0, payload};
  if (payload.size() != std::uint64_t{frames} * lartpc::kFrameBytes) return {0, payload};
  const ByteView coded = state_->adc.encode(payload);
  if (coded.size() >= payload.size()) return {0, payload};
  return {id_of(state_->mode), coded};
}

}  // namespace spillway::detectors
