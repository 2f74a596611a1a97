// Resource names and the short forms in which people type them.
//
// A name such as `vendors/cleo/products/tasks` has a pattern, `vendors/*/products/*`. Its short
// form is its ids alone, `cleo/tasks`; within a known vendor it is `tasks`.
#ifndef ROLLCALL_CLIENT_CLI_RESOURCE_NAME_H_
#define ROLLCALL_CLIENT_CLI_RESOURCE_NAME_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace rollcall::cli {

// The patterns that the names in a field follow, the most usual first; empty if the field holds no
// resource name. Known from the message and the field by one table; the standard methods follow
// from the name of their request.
std::vector<std::string> NamePatterns(const google::protobuf::FieldDescriptor& field);

// The ids of a name of any pattern: {"cleo", "tasks"}. Text without collections is taken as ids.
std::vector<std::string> NameIds(std::string_view name);

// The full name for `text`, which is a full name of one of the patterns or ids separated by `/`.
// Ids alone are of the first pattern that has as many; a second id that is no number names no
// statement if there are other patterns. A text that begins like a full name is never taken as ids.
// `context` is a full name, possibly empty, whose leading ids stand in for those that are missing.
// With `fill_wildcards`, ids that are missing at the end become `-`, which stands for all.
// Errors: InvalidArgument with a text that shows the expected form.
absl::StatusOr<std::string> ExpandName(std::string_view text,
                                       const std::vector<std::string>& patterns,
                                       std::string_view context = {}, bool fill_wildcards = false);

// The short form of a full name that follows `pattern`; the last id alone if the ids before it are
// the leading ids of `context`, so that ExpandName with the same context gives the name back. A
// text that does not follow the pattern is returned as it is.
std::string ShortenName(std::string_view name, std::string_view pattern,
                        std::string_view context = {});

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_RESOURCE_NAME_H_
