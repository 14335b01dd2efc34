#include "daq/storage/hdf5.hpp"

#include "daq/base/error.hpp"

namespace spillway::storage::hdf5 {
namespace {

herr_t keep_innermost(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

hid_t element_type(const Field& field) {
  switch (field.type) {
    case FieldType::kU32:
      return H5T_STD_U32LE;
    case FieldType::kU64:
      return H5T_STD_U64LE;
    case FieldType::kI64:
      return H5T_STD_I64LE;
    case FieldType::kF64:
      return H5T_IEEE_F64LE;
    case FieldType::kText:
      break;
  }
  return H5T_C_S1;
}

Handle text_type(std::size_t bytes, const std::string& where) {
  Handle type(checked(H5Tcopy(H5T_C_S1), where, "H5Tcopy"), H5Tclose);
  checked(H5Tset_size(type.get(), bytes), where, "H5Tset_size");
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), where, "H5Tset_strpad");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), where, "H5Tset_cset");
  return type;
}

Handle simple_space(std::uint64_t count, const std::string& where) {
  const hsize_t dims = count;
  return {checked(H5Screate_simple(1, &dims, nullptr), where, "H5Screate_simple"), H5Sclose};
}

Handle selected(hid_t dataset, std::uint64_t at, std::uint64_t count, const std::string& where) {
  Handle space(checked(H5Dget_space(dataset), where, "H5Dget_space"), H5Sclose);
  const hsize_t start = at;
  const hsize_t length = count;
  checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &length, nullptr), where,
          "H5Sselect_hyperslab");
  return space;
}

Handle link_properties(const std::string& where) {
  Handle list(checked(H5Pcreate(H5P_LINK_CREATE), where, "H5Pcreate"), H5Pclose);
  checked(H5Pset_create_intermediate_group(list.get(), 1), where, "H5Pset_create_intermediate_group");
  return list;
}

}  // namespace

void silence() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string last_error() {
  std::string text = "no reason given";
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned n, const H5E_error2_t* error, void* out) -> herr_t {
        return n == 0 ? keep_innermost(n, error, out) : 0;
      },
      &text);
  return text;
}

void fail(const std::string& where, const char* call) {
  throw Error(where + ": " + call + ": " + last_error());
}

Handle compound_type(std::size_t row_bytes, std::span<const Field> fields) {
  const std::string where = "row type";
  Handle type(checked(H5Tcreate(H5T_COMPOUND, row_bytes), where, "H5Tcreate"), H5Tclose);
  for (const Field& field : fields) {
    if (field.type == FieldType::kText) {
      const Handle text = text_type(field.size, where);
      checked(H5Tinsert(type.get(), field.name, field.offset, text.get()), where, "H5Tinsert");
    } else {
      checked(H5Tinsert(type.get(), field.name, field.offset, element_type(field)), where, "H5Tinsert");
    }
  }
  return type;
}

void create_extensible(hid_t file, const std::string& path, hid_t type, std::uint64_t chunk_elements,
                       const std::string& where) {
  const std::string place = where + ": " + path;
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const hsize_t chunk = chunk_elements;
  const Handle space(checked(H5Screate_simple(1, &none, &unlimited), place, "H5Screate_simple"), H5Sclose);
  const Handle list(checked(H5Pcreate(H5P_DATASET_CREATE), place, "H5Pcreate"), H5Pclose);
  checked(H5Pset_chunk(list.get(), 1, &chunk), place, "H5Pset_chunk");
  checked(H5Pset_fill_time(list.get(), H5D_FILL_TIME_NEVER), place, "H5Pset_fill_time");
  const Handle links = link_properties(place);
  Handle dataset(checked(H5Dcreate2(file, path.c_str(), type, space.get(), links.get(), list.get(), H5P_DEFAULT), place,
                         "H5Dcreate2"),
                 H5Dclose);
  if (!dataset.close()) fail(place, "H5Dclose");
}

void create_fixed(hid_t file, const std::string& path, hid_t type, std::uint64_t count, const void* data,
                  const std::string& where) {
  const std::string place = where + ": " + path;
  const Handle space = simple_space(count, place);
  const Handle links = link_properties(place);
  Handle dataset(checked(H5Dcreate2(file, path.c_str(), type, space.get(), links.get(), H5P_DEFAULT, H5P_DEFAULT),
                         place, "H5Dcreate2"),
                 H5Dclose);
  if (count != 0) {
    checked(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), place, "H5Dwrite");
  }
  if (!dataset.close()) fail(place, "H5Dclose");
}

void add_attribute(hid_t object, const char* name, const std::string& text, const std::string& where) {
  const Handle type = text_type(text.empty() ? 1 : text.size(), where);
  const Handle space(checked(H5Screate(H5S_SCALAR), where, "H5Screate"), H5Sclose);
  const Handle attribute(
      checked(H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), where, "H5Acreate2"),
      H5Aclose);
  checked(H5Awrite(attribute.get(), type.get(), text.c_str()), where, "H5Awrite");
}

void add_attribute(hid_t object, const char* name, std::uint64_t value, const std::string& where) {
  const Handle space(checked(H5Screate(H5S_SCALAR), where, "H5Screate"), H5Sclose);
  const Handle attribute(
      checked(H5Acreate2(object, name, H5T_STD_U64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), where, "H5Acreate2"),
      H5Aclose);
  checked(H5Awrite(attribute.get(), H5T_NATIVE_UINT64, &value), where, "H5Awrite");
}

Handle open_dataset(hid_t file, const std::string& path, const std::string& where) {
  const std::string place = where + ": " + path;
  const Handle list(checked(H5Pcreate(H5P_DATASET_ACCESS), place, "H5Pcreate"), H5Pclose);
  checked(H5Pset_chunk_cache(list.get(), 0, 0, 0), place, "H5Pset_chunk_cache");
  return {checked(H5Dopen2(file, path.c_str(), list.get()), place, "H5Dopen2"), H5Dclose};
}

std::uint64_t extent(hid_t dataset, const std::string& where) {
  const Handle space(checked(H5Dget_space(dataset), where, "H5Dget_space"), H5Sclose);
  if (H5Sget_simple_extent_ndims(space.get()) != 1) throw Error(where + ": is not one-dimensional");
  hsize_t dims = 0;
  checked(H5Sget_simple_extent_dims(space.get(), &dims, nullptr), where, "H5Sget_simple_extent_dims");
  return dims;
}

void extend(hid_t dataset, std::uint64_t count, const std::string& where) {
  const hsize_t dims = count;
  checked(H5Dset_extent(dataset, &dims), where, "H5Dset_extent");
}

void write(hid_t dataset, hid_t type, std::uint64_t at, std::uint64_t count, const void* data,
           const std::string& where) {
  const Handle file_space = selected(dataset, at, count, where);
  const Handle memory_space = simple_space(count, where);
  checked(H5Dwrite(dataset, type, memory_space.get(), file_space.get(), H5P_DEFAULT, data), where, "H5Dwrite");
}

void append(hid_t dataset, hid_t type, std::uint64_t at, std::uint64_t count, const void* data,
            const std::string& where) {
  if (count == 0) return;
  extend(dataset, at + count, where);
  write(dataset, type, at, count, data, where);
}

void read(hid_t dataset, hid_t type, std::uint64_t at, std::uint64_t count, void* data, const std::string& where) {
  if (count == 0) return;
  const Handle file_space = selected(dataset, at, count, where);
  const Handle memory_space = simple_space(count, where);
  checked(H5Dread(dataset, type, memory_space.get(), file_space.get(), H5P_DEFAULT, data), where, "H5Dread");
}

}  // namespace spillway::storage::hdf5
