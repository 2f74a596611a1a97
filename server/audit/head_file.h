// The newest checkpoint of the log, kept in a file beside the database, so that an older database
// in the place of a newer one is noticed.

#ifndef ROLLCALL_SERVER_AUDIT_HEAD_FILE_H_
#define ROLLCALL_SERVER_AUDIT_HEAD_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::audit {

// Not thread-safe.
class HeadFile {
 public:
  // Of the file.
  static constexpr std::size_t kBytes = 512;

  explicit HeadFile(std::string path) : path_(std::move(path)) {}
  ~HeadFile();
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;

  const std::string& path() const { return path_; }

  // What it holds, without the padding; empty if there is no such file, or nothing but padding in
  // it.
  std::string Read() const;

  // Puts `note`, of less than kBytes bytes as every checkpoint is, in the place of what it holds,
  // without waiting for the disk: the file then still holds an earlier note, which is a beginning
  // of the same log. If it cannot be written it keeps what it has, for the same reason without an
  // error.
  //
  // The file always has kBytes bytes, the note and then NUL bytes, and is written over in place: a
  // disk writes so much at once, and its length never changes. Renaming a new file over it instead
  // makes file systems write that one out first, which takes longer than the whole commit.
  void Write(std::string_view note);

 private:
  const std::string path_;
  int file_ = -1;  // Open for writing since the first Write.
};

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_HEAD_FILE_H_
