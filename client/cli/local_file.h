// Files of this machine: read to their end or an error, written whole or not at all.
#ifndef ROLLCALL_CLIENT_CLI_LOCAL_FILE_H_
#define ROLLCALL_CLIENT_CLI_LOCAL_FILE_H_

#include <fstream>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::cli {

// Opens a file, which may be a pipe, to be read piece by piece. Whoever reads it looks at bad() at
// the end: a stream that cannot be read on looks like one that has ended.
// Errors: NotFound if it cannot be opened or is a folder; the text names it.
absl::StatusOr<std::ifstream> OpenToRead(const std::string& path);

// The text of a whole file; `-` stands for standard input.
// Errors: those of OpenToRead; DataLoss if it cannot be read to its end. The text names the file.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// Writes `text` as a WholeFile.
// Errors: FailedPrecondition, whose text names the file.
absl::Status WriteWholeFile(const std::string& path, const std::string& text);

// A file for the eyes of its owner (mode 0600) that appears under its name only once it is whole;
// until then it is called NAME.partial. What stood there under the name before is replaced at once.
// Not thread-safe.
class WholeFile {
 public:
  explicit WholeFile(std::string path);
  // Removes what was written, unless Finish() or KeepPartial() was called.
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  // Makes the file under its partial name. What an earlier run of the same user left there goes
  // away; a link is never followed.
  // Errors: FailedPrecondition, whose text names the file.
  absl::Status Open();

  // Where to write; takes nothing before Open().
  std::ostream& stream() { return stream_; }

  // Brings all that was written to the disk and gives the file its name.
  // Errors: FailedPrecondition if something was not written; the text says why.
  absl::Status Finish();

  // Leaves what was written under its partial name.
  void KeepPartial() {
    keep_ = true;
    stream_.flush();
  }
  const std::string& partial() const { return partial_; }

 private:
  class Buffer;

  const std::string path_;
  const std::string partial_;
  std::unique_ptr<Buffer> buffer_;  // Null unless the file is open.
  std::ostream stream_{nullptr};
  bool keep_ = false;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_LOCAL_FILE_H_
