#include <functional>

#include <gtest/gtest.h>

#include "daq/base/bytes.hpp"
#include "daq/transport/link.hpp"

namespace spillway::transport {
namespace {

v1::Bulk described(const std::vector<std::uint32_t>& sizes, std::string_view payload) {
  v1::Bulk bulk;
  describe_items(bulk, sizes, as_byte_view(payload));
  return bulk;
}

TEST(Items, ComeBackAsTheyWereDescribed) {
  const auto bulk = described({1, 2, 3}, "abbccc");
  EXPECT_EQ(bulk.count(), 3U);
  const auto items = items_of(bulk, as_byte_view("abbccc"));
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 3U);
  EXPECT_EQ(as_text((*items)[0]), "a");
  EXPECT_EQ(as_text((*items)[1]), "bb");
  EXPECT_EQ(as_text((*items)[2]), "ccc");
}

TEST(Items, OfOneSizeAreDescribedByOneNumber) {
  const auto bulk = described({2, 2, 2}, "aabbcc");
  EXPECT_EQ(bulk.item_bytes_size(), 1);
  const auto items = items_of(bulk, as_byte_view("aabbcc"));
  ASSERT_TRUE(items);
  EXPECT_EQ(as_text(items->back()), "cc");
}

TEST(Items, AreCopiedEachWithItsChecksum) {
  for (const auto& sizes : std::vector<std::vector<std::uint32_t>>{{1, 2, 3}, {2, 2, 2}, {6}}) {
    const auto bulk = described(sizes, "abbccc");
    Bytes to(8);
    std::vector<std::uint32_t> sums;
    EXPECT_EQ(copy_summing_items(bulk, to, as_byte_view("abbccc"), sums), bulk.crc32c());
    EXPECT_EQ(as_text(to).substr(0, 6), "abbccc");
    const auto items = items_of(bulk, as_byte_view("abbccc"));
    ASSERT_EQ(sums.size(), items->size());
    for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(sums[i], crc32c((*items)[i]));
  }
}

TEST(Items, ThatDoNotFitThePayloadAreCopiedAsOne) {
  const std::vector<std::function<void(v1::Bulk&)>> lies = {
      [](v1::Bulk& bulk) { bulk.set_count(2); },         [](v1::Bulk& bulk) { bulk.set_count(~0U); },
      [](v1::Bulk& bulk) { bulk.set_item_bytes(0, 0); }, [](v1::Bulk& bulk) { bulk.set_item_bytes(0, ~0U); },
      [](v1::Bulk& bulk) { bulk.clear_item_bytes(); },
  };
  for (const auto& lie : lies) {
    v1::Bulk bulk = described({1, 2, 3}, "abbccc");
    lie(bulk);
    Bytes to(6);
    std::vector<std::uint32_t> sums;
    EXPECT_EQ(copy_summing_items(bulk, to, as_byte_view("abbccc"), sums), bulk.crc32c());
    EXPECT_EQ(as_text(to), "abbccc");
    EXPECT_TRUE(sums.empty());
  }
}

TEST(Items, MayBeNone) {
  const auto items = items_of(described({}, ""), {});
  ASSERT_TRUE(items);
  EXPECT_TRUE(items->empty());
}

TEST(Items, WithAWrongChecksumAreRefused) {
  const auto items = items_of(described({1, 2}, "abb"), as_byte_view("abc"));
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error(), BulkError::kBadCrc);
  EXPECT_EQ(name(items.error()), "bad_crc");
}

TEST(Items, WhoseSizesDoNotFitThePayloadAreRefused) {
  struct Row {
    std::uint32_t count;
    std::vector<std::uint32_t> sizes;
  };
  // Every way to promise other bytes than the three that are there, among them sums that wrap around 32 bits.
  for (const Row& row : {Row{2, {1, 1}}, Row{3, {1, 2}}, Row{2, {1, 1, 1}}, Row{4, {1}}, Row{0xffffffff, {0xffffffff}},
                         Row{2, {0xffffffff, 4}}, Row{3, {0, 1, 2}}, Row{7, {0}}, Row{3, {}}, Row{0, {}}}) {
    v1::Bulk bulk;
    bulk.set_count(row.count);
    for (const auto size : row.sizes) bulk.add_item_bytes(size);
    bulk.set_crc32c(crc32c(as_byte_view("abc")));
    const auto items = items_of(bulk, as_byte_view("abc"));
    ASSERT_FALSE(items) << row.count;
    EXPECT_EQ(name(items.error()), "bad_sizes");
  }
}

TEST(Records, AreDescribedAsItemsOfOneSize) {
  v1::Bulk bulk;
  describe_records(bulk, 2, as_byte_view("aabbcc"));
  EXPECT_EQ(bulk.SerializeAsString(), described({2, 2, 2}, "aabbcc").SerializeAsString());
  EXPECT_EQ(check_records(bulk, 2, as_byte_view("aabbcc")), std::nullopt);
  describe_records(bulk, 2, {});
  EXPECT_EQ(bulk.SerializeAsString(), described({}, "").SerializeAsString());
  EXPECT_EQ(check_records(bulk, 2, {}), std::nullopt);
}

TEST(Records, OfAnotherSizeOrChecksumAreRefused) {
  EXPECT_EQ(check_records(described({3, 3}, "aaabbb"), 2, as_byte_view("aaabbb")), BulkError::kBadSizes);
  EXPECT_EQ(check_records(described({2, 2, 1, 1}, "aabbcd"), 2, as_byte_view("aabbcd")), BulkError::kBadSizes);
  EXPECT_EQ(check_records(described({2, 2}, "aabb"), 2, as_byte_view("aabbcc")), BulkError::kBadSizes);
  EXPECT_EQ(check_records(described({}, ""), 2, as_byte_view("aa")), BulkError::kBadSizes);
  EXPECT_EQ(check_records(described({2, 2}, "aabb"), 2, as_byte_view("aabx")), BulkError::kBadCrc);
}

}  // namespace
}  // namespace spillway::transport
