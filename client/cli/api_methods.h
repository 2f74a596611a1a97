// The methods of the API, the commands that reach them, and what the API says about itself.
#ifndef ROLLCALL_CLIENT_CLI_API_METHODS_H_
#define ROLLCALL_CLIENT_CLI_API_METHODS_H_

#include <google/protobuf/descriptor.h>

#include <chrono>
#include <string>
#include <vector>

namespace rollcall::cli {

// One method and the words of its command.
struct ApiMethod {
  const google::protobuf::MethodDescriptor* descriptor;
  // Such as "vendor"; empty for a command of one word.
  std::string noun;
  // Such as "list".
  std::string verb;
};

// All methods of all services of the register, in the order of the API. The words follow from the
// method's name: Verb + Resource; the exceptions are one table.
std::vector<ApiMethod> ApiMethods();

// The first sentence of the comment that documents a method, field or message in the API, without
// a full stop at its end; empty if there is none.
std::string SummaryOf(const google::protobuf::MethodDescriptor& method);
std::string SummaryOf(const google::protobuf::FieldDescriptor& field);

// The longest time that a call of the method may take by its deadline class: 30 s, 5 min or 2 h.
std::chrono::milliseconds DefaultTimeout(const google::protobuf::MethodDescriptor& method);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_API_METHODS_H_
