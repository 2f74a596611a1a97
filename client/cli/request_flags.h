// Flags for the fields of a request, made from its descriptor.
//
// Every field that a caller can set becomes one flag: `--legal-name`; fields of a message within
// as `--business-address.city`; repeated fields take the flag again and again, each time one
// value, where a message is written as YAML: `--elements '{element: student.medicaid_id,
// condition: medicaid}'`. Output-only fields have none. A list of ids can also be read from a
// file: `--ids-file list.csv`.
#ifndef ROLLCALL_CLIENT_CLI_REQUEST_FLAGS_H_
#define ROLLCALL_CLIENT_CLI_REQUEST_FLAGS_H_

#include <google/protobuf/message.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/id_list.h"

namespace rollcall::cli {

// The flags of one command. Lives as long as the command tree.
class RequestFlags {
 public:
  // Adds flags for the fields of `type` to `command`, except those whose names are in `except`
  // (at the outermost level only). Fields of a flattened message, and of the field `body` if it
  // is not empty, stand without a prefix.
  void AddTo(CLI::App* command, const google::protobuf::Descriptor& type,
             const std::set<std::string>& except, const std::string& body = {});

  // Sets the fields whose flags were given. `context` is the name that completes short names; if
  // it is empty, the vendor that a flag of the same message has named does.
  // Errors: InvalidArgument, whose text names the flag, also for a file of ids without any id;
  // NotFound for one that cannot be opened, DataLoss for one that cannot be read to its end.
  absl::Status Fill(std::string_view context, google::protobuf::Message* message) const;

  // Paths, relative to the field `body`, of its fields whose flags were given, for an update
  // mask. The parts of a value that is one choice of several count as the choice.
  std::vector<std::string> GivenPaths(const std::string& body) const;

 private:
  struct Flag {
    std::vector<const google::protobuf::FieldDescriptor*> path;
    std::string word;
    CLI::Option* option = nullptr;
    std::vector<std::string> values;
  };

  void AddFields(CLI::App* command, const google::protobuf::Descriptor& type,
                 std::vector<const google::protobuf::FieldDescriptor*>* path,
                 const std::string& prefix, const std::set<std::string>& except,
                 const std::string& body);
  void AddFlag(CLI::App* command, const std::vector<const google::protobuf::FieldDescriptor*>& path,
               const std::string& prefix);
  static absl::Status FillFlag(const Flag& flag, std::string_view context,
                               google::protobuf::Message* message);

  // A file with the ids of a field.
  struct IdsFile {
    std::vector<const google::protobuf::FieldDescriptor*> path;
    std::string word;
    std::string file;
    IdListColumns columns;
  };

  void AddIdsFile(CLI::App* command,
                  const std::vector<const google::protobuf::FieldDescriptor*>& path,
                  const std::string& prefix);
  static absl::Status FillFromIdsFile(const IdsFile& ids, google::protobuf::Message* message);

  // Deques, because options keep pointers to the values.
  std::deque<Flag> flags_;
  std::deque<IdsFile> ids_files_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_REQUEST_FLAGS_H_
