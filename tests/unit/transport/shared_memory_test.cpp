#include "daq/transport/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace spillway::transport {
namespace {

constexpr std::size_t kRoom = std::size_t{1} << 20;

v1::SharedPlace place(std::uint64_t offset, std::uint64_t bytes) {
  v1::SharedPlace place;
  place.set_offset(offset);
  place.set_bytes(bytes);
  return place;
}

v1::SharedPlace put(OutgoingMemory& memory, const Bytes& payload, std::uint64_t number) {
  const auto place = memory.take(payload.size(), number);
  EXPECT_TRUE(place);
  std::ranges::copy(payload, memory.at(*place).begin());
  return *place;
}

/// A file of memory of this process, described as a sender would.
class SomeFile {
 public:
  SomeFile(std::size_t bytes, int seals) : file_(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
    EXPECT_EQ(ftruncate(file_, static_cast<off_t>(bytes)), 0);
    EXPECT_EQ(fcntl(file_, F_ADD_SEALS, seals), 0);
    description_.set_process(static_cast<std::uint32_t>(getpid()));
    description_.set_file(static_cast<std::uint32_t>(file_));
    description_.set_bytes(bytes);
  }
  ~SomeFile() { close(file_); }
  [[nodiscard]] v1::SharedMemory& description() { return description_; }

 private:
  int file_;
  v1::SharedMemory description_;
};

TEST(SharedMemory, CarriesAPayload) {
  const auto out = OutgoingMemory::make(kRoom);
  ASSERT_TRUE(out);
  EXPECT_GE(out->room(), kRoom - 64);
  const auto in = IncomingMemory::map(out->description());
  ASSERT_TRUE(in);
  const Bytes payload(100'000, std::byte{7});
  const auto where = put(*out, payload, 1);
  ASSERT_TRUE(in->holds(where));
  EXPECT_TRUE(std::ranges::equal(in->at(where), payload));
}

TEST(SharedMemory, OutlivesItsSender) {
  auto out = OutgoingMemory::make(kRoom);
  const auto in = IncomingMemory::map(out->description());
  const Bytes payload(1000, std::byte{1});
  const auto where = put(*out, payload, 1);
  out.reset();
  ASSERT_TRUE(in->holds(where));
  EXPECT_TRUE(std::ranges::equal(in->at(where), payload));
}

TEST(SharedMemory, KnowsPlacesThatAreNone) {
  const auto out = OutgoingMemory::make(kRoom);
  const auto in = IncomingMemory::map(out->description());
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  const std::uint64_t size = in->size();
  for (const auto& [offset, bytes] : std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>{{0, size + 1},
                                                                                                    {size, 1},
                                                                                                    {1, size},
                                                                                                    {kHuge, 1},
                                                                                                    {1, kHuge},
                                                                                                    {kHuge, kHuge},
                                                                                                    {size - 10, 11},
                                                                                                    {kHuge - 5, 10}}) {
    EXPECT_FALSE(in->holds(place(offset, bytes))) << offset << " " << bytes;
  }
  EXPECT_TRUE(in->holds(place(size - 10, 10)));
  EXPECT_TRUE(in->holds(place(0, size)));
}

TEST(SharedMemory, CannotBeCutShort) {
  const auto out = OutgoingMemory::make(kRoom);
  EXPECT_NE(ftruncate(static_cast<int>(out->description().file()), 0), 0);
}

TEST(SharedMemory, CannotBeWrittenByTheReceiver) {
  const auto out = OutgoingMemory::make(kRoom);
  const auto path = "/proc/self/fd/" + std::to_string(out->description().file());
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_EQ(mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), MAP_FAILED);
  close(file);
}

TEST(SharedMemory, IsNotMappedWhereItCouldBeCutShort) {
  SomeFile file(4096, F_SEAL_GROW);
  EXPECT_FALSE(IncomingMemory::map(file.description()));
}

TEST(SharedMemory, IsNotMappedWhereItIsNotWhatItIsSaidToBe) {
  SomeFile file(4096, F_SEAL_SHRINK);
  EXPECT_TRUE(IncomingMemory::map(file.description()));
  file.description().set_key(1);
  EXPECT_FALSE(IncomingMemory::map(file.description()));
  file.description().set_key(0);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{8}, std::uint64_t{8192}, ~std::uint64_t{0}}) {
    file.description().set_bytes(bytes);
    EXPECT_FALSE(IncomingMemory::map(file.description())) << bytes;
  }
}

TEST(SharedMemory, IsNotMappedWhereThereIsNoFileOrOnlyAnotherKind) {
  v1::SharedMemory description;
  description.set_bytes(4096);
  EXPECT_FALSE(IncomingMemory::map(description));
  description.set_process(static_cast<std::uint32_t>(getpid()));
  description.set_file(123'456);
  EXPECT_FALSE(IncomingMemory::map(description));
  std::array<int, 2> pipe{};
  ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC), 0);
  description.set_file(static_cast<std::uint32_t>(pipe[0]));
  EXPECT_FALSE(IncomingMemory::map(description));
  close(pipe[0]);
  close(pipe[1]);
}

TEST(SharedMemory, HasAPartThatIsTheCallersOwn) {
  constexpr std::size_t kKept = std::size_t{64} << 20;
  const auto out = OutgoingMemory::make(kRoom, kKept);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->kept().size(), kKept);
  EXPECT_LE(out->room(), kRoom) << "copies go elsewhere";
  const auto blocks = [&] {
    struct stat status {};
    EXPECT_EQ(fstat(static_cast<int>(out->description().file()), &status), 0);
    return static_cast<std::size_t>(status.st_blocks) * 512;
  };
  EXPECT_LE(blocks(), std::size_t{2} << 20) << "what is not used takes no memory";
  const std::span<std::byte> part = out->kept().subspan(kKept / 2, kKept / 4);
  BackedPart backed = out->kept_part(part);
  EXPECT_TRUE(backed.through(backed.begin() + 10));
  EXPECT_LE(blocks(), std::size_t{4} << 20);
  EXPECT_TRUE(backed.through(backed.begin() + part.size()));
  EXPECT_FALSE(backed.through(backed.begin() + part.size() + 1)) << "the next part is another's";
  EXPECT_GE(blocks(), part.size());
  std::ranges::fill(part, std::byte{3});

  const auto where = out->place_of(part.first(1000));
  ASSERT_TRUE(where);
  const auto in = IncomingMemory::map(out->description());
  ASSERT_TRUE(in && in->holds(*where));
  EXPECT_TRUE(std::ranges::equal(in->at(*where), part.first(1000)));
  EXPECT_FALSE(out->place_of(Bytes(10)));
  const ByteView across(out->kept().data() - 1, 10);
  EXPECT_FALSE(out->place_of(across));
}

TEST(SharedMemory, IsRefusedWhereItWouldBeTooLarge) {
  EXPECT_FALSE(OutgoingMemory::make(kRoom, std::size_t{1} << 40));
  EXPECT_FALSE(OutgoingMemory::make(~std::size_t{0}, 100));
  EXPECT_FALSE(OutgoingMemory::make(std::size_t{1} << 40));
}

}  // namespace
}  // namespace spillway::transport
