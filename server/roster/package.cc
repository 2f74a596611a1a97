#include "server/roster/package.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

constexpr std::string_view kPackageName = "package";
constexpr std::string_view kMacFolder = "__MACOSX/";
constexpr std::string_view kMacFile = ".DS_Store";

absl::Status RefusePackage(std::string_view what) { return Refusal(kPackageName, 0, "", what); }

bool IsUnsafeName(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos) return true;
  if (name.size() >= 2 && name[1] == ':') return true;
  while (!name.empty()) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part == ".." || part == "." || part.empty()) return true;
    if (slash == std::string_view::npos) break;
    name.remove_prefix(slash + 1);
  }
  return false;
}

bool IsPassedOver(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::string_view base = slash == std::string_view::npos ? name : name.substr(slash + 1);
  return name.starts_with(kMacFolder) || base == kMacFile;
}

// The bytes of a zip for the library that reads it: a spooled file, deciphered on the way.
class ZipBytes {
 public:
  ZipBytes(SpooledFile file, std::uint64_t size) : file_(std::move(file)), size_(size) {
    zip_error_init(&error_);
  }
  ~ZipBytes() { zip_error_fini(&error_); }
  ZipBytes(const ZipBytes&) = delete;
  ZipBytes& operator=(const ZipBytes&) = delete;

  // What a source of the library is made of.
  static zip_int64_t Answer(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    return static_cast<ZipBytes*>(self)->Do(static_cast<char*>(data), length, command);
  }

 private:
  zip_int64_t Do(char* data, zip_uint64_t length, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, -1);
      case ZIP_SOURCE_OPEN:
        offset_ = 0;
        return 0;
      case ZIP_SOURCE_CLOSE:
        return 0;
      case ZIP_SOURCE_READ: {
        const absl::StatusOr<std::size_t> read = ReadAt(file_, offset_, {data, length});
        if (!read.ok()) {
          zip_error_set(&error_, ZIP_ER_READ, EIO);
          return -1;
        }
        offset_ += *read;
        return static_cast<zip_int64_t>(*read);
      }
      case ZIP_SOURCE_SEEK: {
        const zip_int64_t to =
            zip_source_seek_compute_offset(offset_, size_, data, length, &error_);
        if (to < 0) return -1;
        offset_ = static_cast<std::uint64_t>(to);
        return 0;
      }
      case ZIP_SOURCE_TELL:
        return static_cast<zip_int64_t>(offset_);
      case ZIP_SOURCE_STAT: {
        zip_stat_t stat;
        zip_stat_init(&stat);
        stat.size = size_;
        stat.valid = ZIP_STAT_SIZE;
        std::memcpy(data, &stat, sizeof(stat));
        return sizeof(stat);
      }
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&error_, data, length);
      case ZIP_SOURCE_FREE:
        delete this;
        return 0;
      default:
        zip_error_set(&error_, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }

  const SpooledFile file_;
  const std::uint64_t size_;
  std::uint64_t offset_ = 0;
  zip_error_t error_;
};

}  // namespace

class ZipEntrySource : public ByteSource {
 public:
  ZipEntrySource(Package* package, std::size_t place, zip_file_t* file)
      : package_(package), place_(place), file_(file) {}
  ~ZipEntrySource() override { zip_fclose(file_); }
  ZipEntrySource(const ZipEntrySource&) = delete;
  ZipEntrySource& operator=(const ZipEntrySource&) = delete;

  absl::StatusOr<std::size_t> Read(std::span<char> out) override {
    const Package::File& file = package_->files_[place_];
    const zip_int64_t size = zip_fread(file_, out.data(), out.size());
    if (size < 0) {
      return Refusal(
          Printable(file.name), 0, "",
          Cat("is damaged in the zip (", zip_file_strerror(file_), "); make the package again"));
    }
    read_ += static_cast<std::uint64_t>(size);
    if (read_ > file.bytes || (size == 0 && read_ != file.bytes)) {
      return Refusal(Printable(file.name), 0, "", "has another length than the zip declares");
    }
    if (absl::Status status = package_->Account(place_, read_); !status.ok()) return status;
    return static_cast<std::size_t>(size);
  }

 private:
  Package* package_;
  std::size_t place_;
  zip_file_t* file_;
  std::uint64_t read_ = 0;
};

Package::Package(const PackageLimits& limits, Warnings* warnings)
    : limits_(limits), warnings_(warnings) {}

Package::~Package() {
  if (zip_ != nullptr) zip_discard(zip_);
}

absl::StatusOr<std::unique_ptr<Package>> Package::OpenZip(const SpooledFile& file,
                                                          const PackageLimits& limits,
                                                          Warnings* warnings) {
  std::unique_ptr<Package> package(new Package(limits, warnings));
  struct stat info;
  if (fstat(file.fd, &info) != 0) {
    return absl::InternalError(Cat("opening the package: ", std::strerror(errno)));
  }
  // To the library no bytes at all are a new zip.
  if (info.st_size == 0) return RefusePackage("is not a complete zip file (it is empty)");
  zip_error_t error;
  zip_error_init(&error);
  auto bytes = std::make_unique<ZipBytes>(file, static_cast<std::uint64_t>(info.st_size));
  zip_source_t* const source = zip_source_function_create(ZipBytes::Answer, bytes.get(), &error);
  if (source != nullptr) {
    bytes.release();  // Freed by the source.
    package->zip_ = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (package->zip_ == nullptr) zip_source_free(source);
  }
  const std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (package->zip_ == nullptr) {
    return RefusePackage(Cat("is not a complete zip file (", message, ")"));
  }
  if (absl::Status status = package->AddZipEntries(); !status.ok()) return status;
  if (absl::Status status = package->Settle(); !status.ok()) return status;
  return package;
}

absl::Status Package::AddZipEntries() {
  const auto count = static_cast<std::uint64_t>(zip_get_num_entries(zip_, 0));
  if (count > limits_.max_entries) {
    return RefusePackage(
        Cat("holds ", count, " entries; at most ", limits_.max_entries, " are allowed"));
  }
  for (std::uint64_t index = 0; index < count; ++index) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    const char* raw = zip_get_name(zip_, index, ZIP_FL_ENC_RAW);
    if (raw == nullptr || zip_stat_index(zip_, index, 0, &stat) != 0) {
      return RefusePackage(Cat("entry ", index + 1, " cannot be read; make the package again"));
    }
    constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if ((stat.valid & kNeeded) != kNeeded) {
      return RefusePackage(Cat("entry ", index + 1, " does not say how long it is"));
    }
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
      return Refusal(Printable(raw), 0, "", "is encrypted; make the zip without a password");
    }
    Entry entry;
    entry.index = index;
    entry.compressed = stat.comp_size;
    if (absl::Status status = AddFile(raw, stat.size, entry); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Package>> Package::FromFiles(std::vector<SpooledFile> files,
                                                            const PackageLimits& limits,
                                                            Warnings* warnings) {
  std::unique_ptr<Package> package(new Package(limits, warnings));
  if (files.size() > limits.max_entries) {
    return RefusePackage(
        Cat("holds ", files.size(), " files; at most ", limits.max_entries, " are allowed"));
  }
  package->spooled_ = std::move(files);
  for (std::size_t i = 0; i < package->spooled_.size(); ++i) {
    const SpooledFile& file = package->spooled_[i];
    struct stat info;
    if (fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode)) {
      return absl::InternalError("a spooled roster file cannot be read");
    }
    Entry entry;
    entry.index = i;
    entry.compressed = static_cast<std::uint64_t>(info.st_size);
    if (absl::Status status = package->AddFile(file.name, entry.compressed, entry); !status.ok()) {
      return status;
    }
  }
  if (absl::Status status = package->Settle(); !status.ok()) return status;
  return package;
}

absl::Status Package::AddFile(std::string_view name, std::uint64_t bytes, const Entry& entry) {
  const bool folder = !name.empty() && name.back() == '/';
  if (IsUnsafeName(folder ? name.substr(0, name.size() - 1) : name)) {
    return RefusePackage(Cat("the entry name ", Printable(name),
                             " leads out of the package or is no plain name; refused"));
  }
  if (folder || IsPassedOver(name)) return absl::OkStatus();
  if (FindBadText(name) != std::string_view::npos) {
    return RefusePackage(Cat("the entry name ", Printable(name), " is not UTF-8"));
  }
  File file{std::string(name), bytes};
  if (absl::Status status = CheckDeclared(file, entry); !status.ok()) return status;
  total_declared_ += bytes;
  if (total_declared_ > limits_.max_total_bytes) {
    return RefusePackage(Cat("declares more than ", limits_.max_total_bytes, " bytes in all"));
  }
  files_.push_back(std::move(file));
  entries_.push_back(entry);
  return absl::OkStatus();
}

absl::Status Package::CheckDeclared(const File& file, const Entry& entry) const {
  if (file.bytes > limits_.max_file_bytes) {
    return Refusal(Printable(file.name), 0, "",
                   Cat("is larger than ", limits_.max_file_bytes, " bytes"));
  }
  if (file.bytes > limits_.ratio_from_bytes &&
      file.bytes / std::max<std::uint64_t>(entry.compressed, 1) > limits_.max_ratio) {
    return Refusal(Printable(file.name), 0, "",
                   Cat("inflates to more than ", limits_.max_ratio,
                       " times its size in the zip; refused as a zip bomb"));
  }
  return absl::OkStatus();
}

absl::Status Package::Settle() {
  const auto folder_of = [](std::string_view name) {
    const std::size_t slash = name.find('/');
    return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash + 1);
  };
  if (!files_.empty()) {
    const std::string folder(folder_of(files_.front().name));
    const bool common =
        !folder.empty() && std::all_of(files_.begin(), files_.end(), [&](const File& file) {
          return folder_of(file.name) == folder;
        });
    if (common) {
      for (File& file : files_) file.name.erase(0, folder.size());
      warnings_->Add(kPackageName, WarningCode::kTopFolder);
    }
  }
  std::vector<std::string> names;
  for (const File& file : files_) names.push_back(LowerAscii(file.name));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    return RefusePackage(Cat("holds ", Printable(*twice), " twice; leave one of them out"));
  }
  return absl::OkStatus();
}

std::optional<std::size_t> Package::Find(std::string_view name) {
  for (std::size_t place = 0; place < files_.size(); ++place) {
    if (!EqualsIgnoreCase(files_[place].name, name)) continue;
    if (files_[place].name != name && !entries_[place].case_warned) {
      entries_[place].case_warned = true;
      warnings_->Add(files_[place].name, WarningCode::kFileNameCase);
    }
    return place;
  }
  return std::nullopt;
}

absl::StatusOr<std::unique_ptr<ByteSource>> Package::Open(std::size_t place) {
  const Entry& entry = entries_[place];
  if (zip_ == nullptr) return NewFileSource(spooled_[entry.index]);
  zip_file_t* file = zip_fopen_index(zip_, entry.index, 0);
  if (file == nullptr) {
    return Refusal(Printable(files_[place].name), 0, "",
                   Cat("cannot be read from the zip (", zip_strerror(zip_),
                       "); make the package again with ordinary compression"));
  }
  return std::make_unique<ZipEntrySource>(this, place, file);
}

absl::Status Package::Account(std::size_t place, std::uint64_t read) {
  Entry& entry = entries_[place];
  if (read <= entry.inflated) return absl::OkStatus();
  total_inflated_ += read - entry.inflated;
  entry.inflated = read;
  if (total_inflated_ > limits_.max_total_bytes) {
    return RefusePackage(Cat("inflates to more than ", limits_.max_total_bytes, " bytes in all"));
  }
  File seen = files_[place];
  seen.bytes = read;
  return CheckDeclared(seen, entry);
}

}  // namespace rollcall::roster
