// The comments of the API's .proto files, which the program carries in itself, so that the help
// text of a command is the documentation of its method.
#ifndef ROLLCALL_CLIENT_CLI_API_DOCS_H_
#define ROLLCALL_CLIENT_CLI_API_DOCS_H_

#include <string>

namespace rollcall::cli {

// The comment above a method or a field, lines joined by line feeds; empty if there is none or the
// name is unknown. Thread-safe.
std::string CommentOnMethod(const std::string& full_name);
std::string CommentOnField(const std::string& message_full_name, const std::string& field);

// The first sentence of a comment, on one line, without back-quotes and without the full stop.
std::string FirstSentence(const std::string& comment);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_API_DOCS_H_
