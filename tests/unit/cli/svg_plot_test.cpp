#include "daq/cli/plot/svg_plot.hpp"

#include <cmath>

#include <gmock/gmock.h>

#include "daq/base/error.hpp"
#include "daq/cli/plot/ticks.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> labels(const TickedAxis& axis) {
  std::vector<std::string> result;
  for (const Tick& tick : axis.ticks) {
    if (tick.major) result.push_back(tick.label);
  }
  return result;
}

TEST(Ticks, StandAtRoundNumbers) {
  EXPECT_THAT(labels(ticked({}, 0, 10, 5)), ElementsAre("0", "2", "4", "6", "8", "10"));
  EXPECT_THAT(labels(ticked({}, -0.023, 0.021, 4)), ElementsAre("−0.02", "0.00", "0.02"));
  EXPECT_THAT(labels(ticked({"", Scale::kLog}, 0.002, 30, 8)), ElementsAre("10⁻³", "10⁻²", "10⁻¹", "1", "10", "10²"));
  EXPECT_THAT(labels(ticked({"", Scale::kLog, 2, 30}, 1, 1, 8)), ElementsAre("2", "5", "10", "20"));
}

TEST(Ticks, ExistForDataWithoutExtent) {
  for (const double value : {0.0, 5.0, -3e-40, std::nan(""), static_cast<double>(INFINITY)}) {
    const TickedAxis axis = ticked({}, value, value, 5);
    EXPECT_LT(axis.low, axis.high) << value;
    EXPECT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high)) << value;
  }
  EXPECT_GT(ticked({"", Scale::kLog}, 7, 7, 5).low, 0);
}

TEST(SvgPlot, DrawsEverySeriesAndNamesItInTheLegend) {
  SvgPlot plot("Events & <more>", {"E (MeV)"}, {"Events"});
  const std::vector<double> edges = {0, 1, 2, 3};
  const std::vector<double> contents = {4, 9, 1};
  plot.histogram("counts", edges, contents, {.fill = 0.2});
  plot.line("model", std::vector<PlotPoint>{{0, 3}, {3, 5}}, {.dashed = true});
  plot.note("100 t yr");
  const std::string svg = svg_page(std::vector{plot});
  EXPECT_THAT(svg, HasSubstr("Events &amp; &lt;more&gt;"));
  for (const char* text : {"counts", "model", "100 t yr", "E (MeV)", "stroke-dasharray", "fill-opacity=\"0.2\""}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
}

TEST(SvgPlot, LeavesOutWhatHasNoPlaceOnItsAxes) {
  SvgPlot plot("", {"x"}, {"y", Scale::kLog});
  plot.line("", std::vector<PlotPoint>{{0, 1}, {1, 0}, {2, std::nan("")}, {3, 100}, {4, 10}});
  const std::string svg = svg_page(std::vector{plot});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(SvgPlot, AFileThatCannotBeWrittenIsAnError) {
  const Folder folder;
  const std::vector<SvgPlot> page(1, SvgPlot("", {"x"}, {"y"}));
  write_svg(folder / "plot.svg", page);
  EXPECT_TRUE(std::filesystem::exists(folder / "plot.svg"));
  EXPECT_THROW(write_svg(folder / "no/such/plot.svg", page), Error);
}

}  // namespace
}  // namespace spillway::cli
