#include <benchmark/benchmark.h>

#include "detectors/physics/ess/sensitivity.hpp"
#include "detectors/physics/ess/setups.hpp"
#include "detectors/physics/level/cevns_norm_fit.hpp"
#include "detectors/physics/level/cevns_shape.hpp"
#include "detectors/physics/level/nu_argon_fit.hpp"

namespace spillway::physics::ess {
namespace {

/// Every range of table 3 (seven columns, five rows), spectra included. Goal: below 2 s on one core.
void table_three(benchmark::State& state) {
  for (auto _ : state) {
    for (const Parameter& parameter : kParameters) {
      for (const Detector& detector : kDetectors) {
        const Measurement measurement(runs_of(detector.name, {}, parameter.name == kMuNumu.name));
        benchmark::DoNotOptimize(range_of(measurement, parameter));
      }
      benchmark::DoNotOptimize(range_of(Measurement(runs_of("xe+ar", {})), parameter));
    }
  }
}
BENCHMARK(table_three)->Unit(benchmark::kMillisecond);

/// The spectra of one detector, smeared and binned.
void spectra(benchmark::State& state) {
  const Detector& detector = kDetectors[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(std::string(detector.name));
  for (auto _ : state) benchmark::DoNotOptimize(expected_bins(detector));
}
BENCHMARK(spectra)->DenseRange(0, kDetectors.size() - 1)->Unit(benchmark::kMicrosecond);

/// One chi2 with its pulls.
void chi2(benchmark::State& state) {
  const Detector& detector = kDetectors[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(std::string(detector.name));
  const Measurement measurement(runs_of(detector.name, {}));
  for (auto _ : state) benchmark::DoNotOptimize(chi2_of_nsi(measurement, 0.02, -0.01));
}
BENCHMARK(chi2)->DenseRange(0, kDetectors.size() - 1)->Unit(benchmark::kMicrosecond);

/// The region of non-standard interactions as closed polygons. Goal: below 200 ms a detector.
void nsi_contour(benchmark::State& state) {
  const Detector& detector = kDetectors[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(std::string(detector.name));
  const Measurement measurement(runs_of(detector.name, {}));
  for (auto _ : state) benchmark::DoNotOptimize(nsi_region(measurement));
}
BENCHMARK(nsi_contour)->DenseRange(0, kDetectors.size() - 1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spillway::physics::ess

namespace spillway::physics::level {
namespace {

/// (R, gamma) with both pulls of data as expected: minimum and both ranges. Goal: below 0.5 ms.
void nu_argon_fit(benchmark::State& state) {
  const NuArgonFit fit(static_cast<double>(state.range(0)), 15, true);
  const std::vector<double> observed = fit.asimov();
  for (auto _ : state) benchmark::DoNotOptimize(fit.fit(observed));
}
BENCHMARK(nu_argon_fit)->Arg(100)->Arg(3000)->Unit(benchmark::kMicrosecond);

void nu_argon_contour(benchmark::State& state) {
  const NuArgonFit fit(100, 15, true);
  const std::vector<double> observed = fit.asimov();
  const auto result = fit.fit(observed);
  for (auto _ : state) {
    benchmark::DoNotOptimize(fit.contours(observed, *result, statistics::kDeltaChi2Of95_2d));
  }
}
BENCHMARK(nu_argon_contour)->Unit(benchmark::kMillisecond);

void cevns_norm_fit(benchmark::State& state) {
  const CevnsNormFit fit(30, 15, true);
  const std::vector<double> observed = fit.asimov();
  for (auto _ : state) benchmark::DoNotOptimize(fit.fit(observed));
}
BENCHMARK(cevns_norm_fit)->Unit(benchmark::kMicrosecond);

/// 384,000 evaluations of the four-parameter cross section's posterior.
void cevns_shape_samples(benchmark::State& state) {
  const CevnsShapeFit fit(kFittedShape, 30, 15, true);
  for (auto _ : state) benchmark::DoNotOptimize(fit.sample({}));
}
BENCHMARK(cevns_shape_samples)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spillway::physics::level
