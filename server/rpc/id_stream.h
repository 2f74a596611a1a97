// Reading a file's ids from a stream: a first message with what is asked, then the ids, then how
// many they were.

#ifndef ROLLCALL_SERVER_RPC_ID_STREAM_H_
#define ROLLCALL_SERVER_RPC_ID_STREAM_H_

#include <google/protobuf/arena.h>

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/casework/id_list.h"
#include "server/rpc/call_context.h"
#include "server/rpc/request_check.h"
#include "storage/status.h"

namespace rollcall::rpc {

// The most ids of one message.
inline constexpr int kMaxStreamedIds = 50'000;

// Reads all of it before anything is done: a caller that is cut off half-way has asked nothing.
// `Message` has the content request, ids or total_ids. `*request` is the checked request.
// Errors: kInvalidArgument (messages out of order, totals that disagree, an id that is none),
// kCancelled, kResourceExhausted.
template <typename Message, typename Reader, typename Request>
absl::Status ReadIdStream(Reader* reader, const CallContext& call, Request* request,
                          casework::IdList* ids) {
  // A message of 50,000 ids is given up at once, not string by string.
  google::protobuf::ArenaOptions options;
  options.start_block_size = 1U << 20U;
  options.max_block_size = 4U << 20U;
  google::protobuf::Arena arena(options);
  auto* message = google::protobuf::Arena::CreateMessage<Message>(&arena);
  const auto read = [&] { return call.peer->Await([&] { return reader->Read(message); }); };
  if (!read() || !message->has_request()) {
    return InvalidField("request", "the first message must carry the request");
  }
  *request = message->request();
  RC_RETURN_IF_ERROR(CheckRequest(*request));
  std::optional<std::int64_t> total;
  while (true) {
    arena.Reset();
    message = google::protobuf::Arena::CreateMessage<Message>(&arena);
    if (!read()) break;
    if (total) return InvalidField("total_ids", "must be the last message");
    if (message->content_case() == Message::kTotalIds) {
      total = message->total_ids();
      continue;
    }
    if (!message->has_ids()) return InvalidField("ids", "only the first message is the request");
    if (message->ids().ids_size() > kMaxStreamedIds) {
      return InvalidField("ids.ids", "has more than 50000 entries in one message");
    }
    for (const std::string& id : message->ids().ids()) RC_RETURN_IF_ERROR(ids->Add(id));
  }
  if (call.cancelled()) {
    return MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                     "the call was cut off before the list was complete; nothing was recorded");
  }
  if (total != static_cast<std::int64_t>(ids->size())) {
    return InvalidField("total_ids", absl::StrCat("must be the last message and say how many ids "
                                                  "were sent; ",
                                                  ids->size(), " have arrived"));
  }
  return absl::OkStatus();
}

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_ID_STREAM_H_
