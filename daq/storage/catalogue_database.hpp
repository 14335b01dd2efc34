#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "daq/storage/catalogue.hpp"

namespace spillway::storage {

/// One prepared statement; every failure becomes an Error that names file and statement.
class CatalogueStatement {
 public:
  CatalogueStatement(SQLite::Database& database, const std::string& sql) : where_(database.getFilename()), sql_(sql) {
    guarded([&] { statement_ = std::make_unique<SQLite::Statement>(database, sql); });
  }
  /// Binds all values, in order.
  template <typename... Values>
  CatalogueStatement& bind(const Values&... values) {
    int index = 0;
    guarded([&] { (bind_one(++index, values), ...); });
    return *this;
  }
  /// True where there is a row.
  bool step() {
    bool row = false;
    guarded([&] { row = statement_->executeStep(); });
    return row;
  }
  /// Runs it to its end and makes it ready to be bound again.
  void run() {
    guarded([&] {
      statement_->exec();
      statement_->reset();
      statement_->clearBindings();
    });
  }
  [[nodiscard]] std::string text(int column) { return statement_->getColumn(column).getString(); }
  [[nodiscard]] std::int64_t integer(int column) { return statement_->getColumn(column).getInt64(); }
  [[nodiscard]] std::uint64_t count(int column) { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] double number(int column) { return statement_->getColumn(column).getDouble(); }
  [[nodiscard]] std::optional<double> optional_number(int column) {
    if (statement_->getColumn(column).isNull()) return std::nullopt;
    return number(column);
  }

 private:
  void bind_one(int index, const std::string& value) { statement_->bind(index, value); }
  void bind_one(int index, const char* value) { statement_->bind(index, value); }
  void bind_one(int index, std::uint64_t value) { statement_->bind(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, std::int64_t value) { statement_->bind(index, value); }
  void bind_one(int index, double value) { statement_->bind(index, value); }
  void bind_one(int index, const std::optional<double>& value) {
    if (value) {
      statement_->bind(index, *value);
    } else {
      statement_->bind(index);
    }
  }
  void guarded(const std::function<void()>& action);

  std::string where_;
  std::string sql_;
  std::unique_ptr<SQLite::Statement> statement_;
};

struct Catalogue::State {
  std::filesystem::path path;
  std::unique_ptr<SQLite::Database> database;

  [[nodiscard]] CatalogueStatement statement(const std::string& sql) const { return {*database, sql}; }
  void execute(const std::string& sql) const;
  [[nodiscard]] bool has_column(const char* table, const char* column) const;
  void add_reason(std::uint64_t run, const std::string& text) const;
  /// Where a run's listed file is now: in the run's folder beside this catalogue, wherever both were when it was
  /// written. Absolute.
  [[nodiscard]] std::string present_path(std::uint64_t run, const std::string& listed) const;
  /// All or nothing; takes the write lock first, so that what is read inside stays true.
  void transaction(const std::function<void()>& action) const;
};

void store_summary(const Catalogue::State& state, const model::RunSummary& summary);
std::optional<model::RunSummary> load_summary(const Catalogue::State& state, std::uint64_t run);

}  // namespace spillway::storage
