// Rows of lists that say more in words of their own than field by field.
#ifndef ROLLCALL_CLIENT_CLI_LIST_ROWS_H_
#define ROLLCALL_CLIENT_CLI_LIST_ROWS_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace rollcall::cli {

// Titles of the columns and how a message becomes their cells.
struct ListRows {
  std::vector<std::string> titles;
  std::vector<std::string> (*cells)(const google::protobuf::Message& message);
  // What such a list does not tell and where it is told; null if nothing is missing.
  const char* note = nullptr;
};

// The rows of a type; nullptr if it is shown field by field. Thread-safe.
const ListRows* RowsOfType(const google::protobuf::Descriptor& type);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_LIST_ROWS_H_
