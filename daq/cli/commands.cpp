#include <array>

#include "daq/cli/command.hpp"

namespace spillway::cli {
namespace {

constexpr std::array kCommands = {
    Command{"run", "Take a run", "spillway run deploy/configs/recorded.toml --replay measurement.BIN --speed max",
            define_run},
    Command{"check", "Check a configuration without running it",
            "spillway check deploy/configs/recorded.toml --define readout.dt5730.processes=2", define_check},
    Command{"config", "Explain the keys of a configuration", "spillway config --explain readout.ring_bytes",
            define_config},
    Command{"status", "Show the runs that are under way", "spillway status", define_status},
    Command{"stop", "End a run cleanly, as Ctrl-C does", "spillway stop latest", define_stop},
    Command{"runs", "List the runs of a data folder", "spillway runs --data ./data", define_runs},
    Command{"show", "Show what a run says of itself", "spillway show 42 --json", define_show},
    Command{"comment", "Add a comment to a run", "spillway comment 42 \"new high voltage on channel 0\"",
            define_comment},
    Command{"verify", "Re-derive a run's books and digests from its files", "spillway verify latest", define_verify},
    Command{"recover", "Make a closed file of one that was not closed",
            "spillway recover data/run000042/run000042_0000.h5.writing", define_recover},
    Command{"export", "Write a run's tables as CSV", "spillway export 42 --csv ./run42", define_export},
    Command{"prune", "Delete the oldest event files", "spillway prune --keep-bytes 500GB --dry-run", define_prune},
    Command{"clean", "Remove what dead runs left behind", "spillway clean", define_clean},
    Command{"expect", "What a detector should count", "spillway expect ess --detector csi", define_expect},
    Command{"sensitivity", "What a measurement would say of its parameters",
            "spillway sensitivity ess --parameter sin2w", define_sensitivity},
    Command{"fit-templates", "Fit the sums of templates to binned counts",
            "spillway fit-templates --data counts.txt --signal cevns.txt --background steady.txt:0.013",
            define_fit_templates},
    Command{"generate", "Write simulated data to files",
            "spillway generate deploy/configs/demo.toml --gates 100 --out recording", define_generate},
    Command{"primitives", "Find LArTPC hits in a file of WIBEth frames",
            "spillway primitives t02.bin --threshold 40 --csv t02.csv", define_primitives},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

}  // namespace spillway::cli
