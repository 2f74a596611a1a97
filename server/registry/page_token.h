// Page tokens: where a list goes on, bound to the question that was asked.
//
// A token is opaque to callers and grants nothing: it holds a position and a digest of the
// request without its paging fields. A changed question is refused.

#ifndef ROLLCALL_SERVER_REGISTRY_PAGE_TOKEN_H_
#define ROLLCALL_SERVER_REGISTRY_PAGE_TOKEN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace rollcall::registry {

// What the next page of a list begins behind.
struct PagePosition {
  std::string key;            // Empty at the beginning.
  std::int64_t revision = 0;  // The revision of the first page, where the list is bound to one.
};

// Rows of one page: 100 if the request says nothing, at most 1000.
int PageSize(const google::protobuf::Message& request);

// The bytes after which a page is closed although it has fewer rows.
inline constexpr std::size_t kMaxPageBytes = 1U << 20U;

std::string MakePageToken(const google::protobuf::Message& request, const PagePosition& position);

// The position that the request's page token stands for; the beginning if it has none.
// Errors: kInvalidArgument for a token of another question or none of ours.
absl::StatusOr<PagePosition> ReadPageToken(const google::protobuf::Message& request);

// Binds the token in an answer's `next_page_token` to a caller, so that a list begun by one is not
// gone on with by another; nothing happens to an answer without one.
void BindPageToken(std::string_view caller, google::protobuf::Message* response);

// OK if the request has no page token, or one that was bound to this caller. ReadPageToken looks
// past the binding. Errors: kInvalidArgument, the same as for a token of another question.
absl::Status CheckPageTokenOwner(const google::protobuf::Message& request, std::string_view caller);

// The same for a stream that is resumed: its request has a field `cursor`, which is bound to the
// caller as well.
std::string MakeCursor(const google::protobuf::Message& request, std::string_view caller,
                       const PagePosition& position);
absl::StatusOr<PagePosition> ReadCursor(const google::protobuf::Message& request,
                                        std::string_view caller);

}  // namespace rollcall::registry

#endif  // ROLLCALL_SERVER_REGISTRY_PAGE_TOKEN_H_
