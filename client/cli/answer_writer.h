// Answers of the server as tables, JSON or CSV.
#ifndef ROLLCALL_CLIENT_CLI_ANSWER_WRITER_H_
#define ROLLCALL_CLIENT_CLI_ANSWER_WRITER_H_

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "client/cli/command_context.h"
#include "client/cli/text_table.h"

namespace rollcall::cli {

// Writes one message: in JSON as an object of proto3 JSON with all fields, in CSV as a heading
// and one line, as a table with one line per field that is set. Messages that have a view of
// their own (views.h) are shown by it.
void WriteAnswer(const CommandContext& context, const google::protobuf::Message& message);

// Writes the messages of a list as they come: one JSON array, or CSV lines under one heading. A
// table appears at the end, because its columns are as wide as their widest cell.
class ListWriter {
 public:
  // `context` and `type`, the type of the elements, outlive the writer.
  ListWriter(const CommandContext& context, const google::protobuf::Descriptor& type);

  void Add(const google::protobuf::Message& element);
  // Writes what is still to be written, and to the error stream what such a list does not tell.
  // Without it a JSON array stays open, on purpose: a list
  // that broke off must not look like a whole one.
  void Finish();
  long long count() const { return count_; }

 private:
  const CommandContext& context_;
  const google::protobuf::Descriptor& type_;
  TextTable table_;
  long long count_ = 0;
};

// The titles of the columns of a CSV file of such messages, and the cells of one: every field;
// fields of a message within as `outer.inner`, repeated values joined by `;`, repeated messages
// without a short text as JSON.
std::vector<std::string> CsvTitles(const google::protobuf::Descriptor& type);
std::vector<std::string> CsvCells(const google::protobuf::Message& message);

// proto3 JSON on one line, or with line breaks.
std::string JsonText(const google::protobuf::Message& message, bool pretty);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_ANSWER_WRITER_H_
