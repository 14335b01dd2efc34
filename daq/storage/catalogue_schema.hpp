#pragma once

namespace spillway::storage {

/// Tables of the catalogue. Unsigned 64-bit numbers are stored as SQLite's signed ones with the same bits.
inline constexpr const char* kCatalogueSchema = R"sql(
CREATE TABLE IF NOT EXISTS runs (
  run INTEGER PRIMARY KEY, setup TEXT NOT NULL, config_text TEXT NOT NULL, seed INTEGER NOT NULL, speed REAL NOT NULL,
  replay TEXT NOT NULL, version TEXT NOT NULL, condition TEXT NOT NULL, started_utc TEXT NOT NULL,
  ended_utc TEXT NOT NULL DEFAULT '', digest TEXT NOT NULL DEFAULT '', query_endpoint TEXT NOT NULL DEFAULT '',
  status_endpoint TEXT NOT NULL DEFAULT '', pid INTEGER NOT NULL DEFAULT 0, pid_started INTEGER NOT NULL DEFAULT 0,
  t0_ns INTEGER NOT NULL DEFAULT 0, t1_ns INTEGER NOT NULL DEFAULT 0, decisions_made INTEGER NOT NULL DEFAULT 0,
  decisions_acknowledged INTEGER NOT NULL DEFAULT 0, performance TEXT NOT NULL DEFAULT '{}') STRICT;
CREATE TABLE IF NOT EXISTS overrides (
  run INTEGER NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, position)) STRICT;
CREATE TABLE IF NOT EXISTS reasons (
  run INTEGER NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, position)) STRICT;
CREATE TABLE IF NOT EXISTS files (
  run INTEGER NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (run, position)) STRICT;
CREATE TABLE IF NOT EXISTS gates (
  run INTEGER NOT NULL, facility TEXT NOT NULL, on_gates INTEGER NOT NULL, off_gates INTEGER NOT NULL,
  random_gates INTEGER NOT NULL, late_pulses INTEGER NOT NULL, PRIMARY KEY (run, facility)) STRICT;
CREATE TABLE IF NOT EXISTS streams (
  run INTEGER NOT NULL, position INTEGER NOT NULL, stream TEXT NOT NULL, sent INTEGER NOT NULL,
  duplicated INTEGER NOT NULL, accepted INTEGER NOT NULL, outside_run INTEGER NOT NULL, asked INTEGER NOT NULL,
  ok INTEGER NOT NULL, partial INTEGER NOT NULL, expired INTEGER NOT NULL, no_data INTEGER NOT NULL,
  built INTEGER NOT NULL, PRIMARY KEY (run, position)) STRICT;
CREATE TABLE IF NOT EXISTS counters (
  run INTEGER NOT NULL, owner TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (run, owner, kind, name)) STRICT;
CREATE TABLE IF NOT EXISTS livetime (
  run INTEGER NOT NULL, position INTEGER NOT NULL, detector TEXT NOT NULL, gate TEXT NOT NULL, wall_ns INTEGER NOT NULL,
  live_ns INTEGER NOT NULL, not_read_ns INTEGER NOT NULL, PRIMARY KEY (run, position, gate)) STRICT;
CREATE TABLE IF NOT EXISTS livetime_dead (
  run INTEGER NOT NULL, position INTEGER NOT NULL, gate TEXT NOT NULL, reason TEXT NOT NULL, ns INTEGER NOT NULL,
  PRIMARY KEY (run, position, gate, reason)) STRICT;
CREATE TABLE IF NOT EXISTS counts (
  run INTEGER NOT NULL, position INTEGER NOT NULL, detector TEXT NOT NULL, on_count INTEGER NOT NULL,
  off_count INTEGER NOT NULL, alpha REAL, excess REAL, excess_low REAL, excess_high REAL, pot REAL NOT NULL,
  truth_signal_on REAL, efficiency REAL, signal_rate_scale REAL, background_rate_scale REAL,
  PRIMARY KEY (run, position)) STRICT;
CREATE TABLE IF NOT EXISTS alarms (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, utc TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS comments (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, utc TEXT NOT NULL, text TEXT NOT NULL) STRICT;
)sql";

}  // namespace spillway::storage
