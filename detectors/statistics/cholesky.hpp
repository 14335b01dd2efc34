#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace spillway::statistics {

/// L of the factorisation A = L L^T of a symmetric matrix, of which the first `size` rows count.
///
/// A row whose pivot is lost to rounding (a direction without curvature) gets a small one instead, so that a Newton
/// step exists; `positive` then is false.
template <std::size_t N>
class Cholesky {
 public:
  using Vector = std::array<double, N>;
  using Matrix = std::array<Vector, N>;

  Cholesky(const Matrix& a, std::size_t size) : size_(size) {
    for (std::size_t row = 0; row < size; ++row) {
      for (std::size_t column = 0; column <= row; ++column) {
        double sum = a[row][column];
        for (std::size_t k = 0; k < column; ++k) sum -= lower_[row][k] * lower_[column][k];
        if (row != column) {
          lower_[row][column] = sum / lower_[column][column];
          continue;
        }
        const double least = 1e-14 * std::abs(a[row][row]) + 1e-300;
        if (!(sum > least)) positive_ = false;
        lower_[row][row] = std::sqrt(sum > least ? sum : least);
      }
    }
  }

  [[nodiscard]] bool positive() const { return positive_; }
  [[nodiscard]] const Matrix& lower() const { return lower_; }

  /// x of A x = b.
  [[nodiscard]] Vector solve(const Vector& b) const {
    Vector x{};
    for (std::size_t row = 0; row < size_; ++row) {
      double sum = b[row];
      for (std::size_t k = 0; k < row; ++k) sum -= lower_[row][k] * x[k];
      x[row] = sum / lower_[row][row];
    }
    for (std::size_t row = size_; row-- > 0;) {
      double sum = x[row];
      for (std::size_t k = row + 1; k < size_; ++k) sum -= lower_[k][row] * x[k];
      x[row] = sum / lower_[row][row];
    }
    return x;
  }

 private:
  std::size_t size_;
  Matrix lower_{};
  bool positive_ = true;
};

}  // namespace spillway::statistics
