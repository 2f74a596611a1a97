#include "server/rpc/pipeline.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <exception>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/registry/page_token.h"
#include "server/rpc/personal_fields.h"
#include "server/rpc/purpose.h"
#include "server/rpc/request_check.h"
#include "server/rpc/status_map.h"
#include "server/runtime/logging.h"
#include "storage/digest.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

using google::protobuf::Message;

constexpr absl::Duration kJudgedAgainAfter = absl::Seconds(5);

absl::Duration LongestCall(v1::DeadlineClass deadline_class) {
  switch (deadline_class) {
    case v1::DEADLINE_CLASS_LONG:
      return absl::Minutes(5);
    case v1::DEADLINE_CLASS_STREAM:
      return absl::Hours(2);
    default:
      return absl::Seconds(30);
  }
}

std::string RequestDigest(const Message& request) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return Sha256Hex(bytes);
}

bool BoolField(const Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && message.GetReflection()->GetBool(message, field);
}

absl::Status CheckAnswer(const StoredAnswer& answer, const std::string& digest, Message* response) {
  if (answer.request_sha256 != digest) {
    return InvalidField("request_id",
                        "was used before for another request; use a new UUID for each change");
  }
  if (!response->ParseFromString(answer.response)) {
    return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                     "the answer kept for this request id cannot be read");
  }
  return absl::OkStatus();
}

bool MayCall(const std::set<v1::Permission>& rights, const v1::MethodPolicy& policy) {
  return policy.permission() == v1::PERMISSION_SIGNED_IN || rights.contains(policy.permission());
}

absl::Status MissingRight(v1::Permission permission) {
  return MakeError(absl::StatusCode::kPermissionDenied, "RIGHT_MISSING",
                   absl::StrCat("this needs the right ", v1::Permission_Name(permission),
                                ", which the caller does not have"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pipeline>> Pipeline::Create(
    const PipelineParts& parts,
    const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(parts));
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (!method->options().HasExtension(v1::policy) ||
          method->options().GetExtension(v1::policy).permission() == v1::PERMISSION_UNSPECIFIED) {
        return MakeError(absl::StatusCode::kFailedPrecondition, "METHOD_WITHOUT_POLICY",
                         absl::StrCat(method->full_name(),
                                      " declares no permission; the server does not start"));
      }
      if (!pipeline->methods_.emplace(method->input_type()->full_name(), method).second) {
        return MakeError(absl::StatusCode::kFailedPrecondition, "METHOD_AMBIGUOUS",
                         absl::StrCat(method->full_name(), " shares its request type"));
      }
    }
  }
  return pipeline;
}

absl::Status Pipeline::Admit(ReadTx& tx, const Credentials& credentials, bool personal,
                             const v1::MethodPolicy& policy, absl::Time now, Caller* caller) {
  RC_ASSIGN_OR_RETURN(*caller, parts_.gatekeeper->Identify(tx, credentials, now));
  RC_ASSIGN_OR_RETURN(const std::set<v1::Permission> rights,
                      parts_.gatekeeper->Rights(tx, caller->principal, now));
  if (!MayCall(rights, policy)) return MissingRight(policy.permission());
  if (personal && !rights.contains(v1::PERMISSION_PERSONAL_READ)) {
    return MissingRight(v1::PERMISSION_PERSONAL_READ);
  }
  return absl::OkStatus();
}

absl::Status Pipeline::Prepare(grpc::ServerContext* context, const Message& request,
                               bool check_request, Running* running, CallContext* call) {
  const auto method = methods_.find(request.GetDescriptor()->full_name());
  if (method == methods_.end()) return absl::InternalError("method without policy");
  call->method = method->second;
  call->policy = call->method->options().GetExtension(v1::policy);
  call->correlation_id = parts_.ids->NewUuid();
  call->start = parts_.clock->Now();
  running->credentials = TakeCredentials(*context);
  call->peer = &running->peer;

  call->deadline = std::min(absl::FromChrono(context->deadline()),
                            absl::Now() + LongestCall(call->policy.deadline_class()));
  if (absl::Now() >= call->deadline) {
    return MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                     "the time for this call was over before it began");
  }
  const auto [purpose, end] = context->client_metadata().equal_range(kPurposeMetadata);
  absl::Status wrong_purpose;
  if (purpose != end) {
    absl::StatusOr<std::string> stated =
        std::next(purpose) == end ? ParsePurpose({purpose->second.data(), purpose->second.size()})
                                  : InvalidField(kPurposeMetadata, "is there twice");
    if (stated.ok()) {
      call->purpose = *std::move(stated);
    } else {
      wrong_purpose = stated.status();
    }
  }
  call->personal = !call->purpose.empty() && call->policy.reads_personal_data();
  running->personal = call->personal;
  running->policy = call->policy;
  Caller caller;
  RC_RETURN_IF_ERROR(parts_.store->Read(nullptr, [&](ReadTx& tx) {
    return Admit(tx, running->credentials, call->personal, call->policy, call->start, &caller);
  }));
  call->principal = caller.principal;
  call->source = context->peer();
  call->via = caller.via;
  if (caller.expires != absl::InfiniteFuture()) {
    call->deadline = std::min(call->deadline, absl::Now() + (caller.expires - call->start));
  }
  call->cancelled = [context, running, deadline = call->deadline] {
    return running->revoked.load(std::memory_order_relaxed) || context->IsCancelled() ||
           absl::Now() >= deadline;
  };
  RC_RETURN_IF_ERROR(wrong_purpose);
  if (check_request) RC_RETURN_IF_ERROR(CheckRequest(request));
  // Asking by a person's number tells whether there is such a person.
  if (check_request && !call->policy.mutates() && !call->personal && HasPersonalFields(request)) {
    return MakeError(
        absl::StatusCode::kPermissionDenied, "PURPOSE_MISSING",
        "this asks about a person by number or identifier: that needs the right to personal "
        "data and a stated purpose; the client takes --purpose");
  }
  return absl::OkStatus();
}

absl::Status Pipeline::RunAdmitted(grpc::ServerContext* context, const Message& request,
                                   bool check_request, StreamUseCase use_case, CallContext* call) {
  const std::string host = HostOf(context->peer());
  RC_RETURN_IF_ERROR(admission_.CheckHost(host, runtime::SteadyNow()));
  const auto running = std::make_shared<Running>();
  running->context = context;
  const auto revocations = [this] {
    const std::lock_guard<std::mutex> lock(running_mutex_);
    return revocations_;
  };
  const std::int64_t before = revocations();
  absl::Status status = Prepare(context, request, check_request, running.get(), call);
  if (absl::IsUnauthenticated(status)) admission_.NoteFailure(host, runtime::SteadyNow());
  RC_RETURN_IF_ERROR(status);
  RC_ASSIGN_OR_RETURN(
      const Admission::Ticket share,
      admission_.Admit(call->principal, call->policy.deadline_class(), runtime::SteadyNow()));
  {
    const absl::Cleanup end = [&] {
      const std::lock_guard<std::mutex> lock(running_mutex_);
      running_.erase(running);
    };
    {
      const std::lock_guard<std::mutex> lock(running_mutex_);
      running_.insert(running);
    }
    if (revocations() != before) {
      Caller caller;
      RC_RETURN_IF_ERROR(parts_.store->Read(nullptr, [&](ReadTx& tx) {
        return Admit(tx, running->credentials, call->personal, call->policy, call->start, &caller);
      }));
    }
    status = use_case(*call);
  }
  if (status.ok()) return status;
  if (running->revoked) {
    return MakeError(absl::StatusCode::kPermissionDenied, "RIGHT_REVOKED",
                     "the right to this call was taken away while it ran; what has arrived is not "
                     "the answer");
  }
  if (running->slow) {
    return MakeError(absl::StatusCode::kCancelled, "SLOW_CALLER",
                     "the caller let the stream wait for too long and was cut off");
  }
  // Storage that was interrupted cannot tell a caller that left from one whose time is over.
  if (absl::IsDeadlineExceeded(status) && absl::Now() < call->deadline) {
    return MakeError(absl::StatusCode::kCancelled, "CANCELLED", "the caller has gone");
  }
  return status;
}

grpc::Status Pipeline::Run(grpc::ServerContext* context, const Message& request, bool check_request,
                           StreamUseCase use_case) {
  const absl::Time begin = absl::Now();
  CallContext call;
  absl::Status status;
  {
    const absl::StatusOr<Admission::Ticket> place = admission_.Enter();
    status = place.status();
    try {
      if (status.ok()) status = RunAdmitted(context, request, check_request, use_case, &call);
    } catch (const std::exception&) {
      status = MakeError(absl::StatusCode::kInternal, "EXCEPTION", "an exception was thrown");
    }
  }
  if (status.ok() && call.policy.permission() == v1::PERMISSION_ACCESS_WRITE) {
    EndRevokedCalls(call.start, /*in_doubt=*/true);
  }
  const std::string method =
      call.method != nullptr ? call.method->full_name() : request.GetDescriptor()->full_name();
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string reason = ErrorReason(status);
  runtime::LogEvent(status.ok() ? runtime::LogLevel::kInfo : runtime::LogLevel::kWarning, "call",
                    {{"method", method},
                     {"principal", call.principal},
                     {"code", code},
                     {"reason", reason},
                     {"ms", absl::ToDoubleMilliseconds(absl::Now() - begin)},
                     {"id", call.correlation_id}});
  return ToGrpcStatus(status, call.correlation_id);
}

Pipeline::Pipeline(const PipelineParts& parts)
    : parts_(parts), admission_(parts.limits), watcher_([this] { Watch(); }) {}

Pipeline::~Pipeline() {
  {
    const std::lock_guard<std::mutex> lock(running_mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  watcher_.join();
}

bool Pipeline::busy() {
  const std::lock_guard<std::mutex> lock(running_mutex_);
  return !running_.empty();
}

void Pipeline::Watch() {
  const auto period = absl::ToChronoMilliseconds(
      std::clamp(parts_.patience / 4, absl::Milliseconds(10), absl::Seconds(5)));
  absl::Time next_judgement = runtime::SteadyNow() + kJudgedAgainAfter;
  std::unique_lock<std::mutex> lock(running_mutex_);
  while (!stopped_.wait_for(lock, period, [this] { return stopping_; })) {
    const absl::Time now = runtime::SteadyNow();
    for (const std::shared_ptr<Running>& running : running_) {
      if (running->peer.Waiting(now) < parts_.patience) continue;
      running->slow = true;
      running->context->TryCancel();
    }
    if (now < next_judgement) continue;
    next_judgement = now + kJudgedAgainAfter;
    if (running_.empty()) continue;
    lock.unlock();
    EndRevokedCalls(parts_.clock->Now(), /*in_doubt=*/false);
    lock.lock();
  }
}

void Pipeline::EndRevokedCalls(absl::Time now, bool in_doubt) {
  // Judging may wait for an issuer's keys; no call waits for it meanwhile.
  std::set<std::shared_ptr<Running>> judged;
  {
    const std::lock_guard<std::mutex> lock(running_mutex_);
    ++revocations_;
    judged = running_;
  }
  const absl::Status read = parts_.store->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    for (const std::shared_ptr<Running>& running : judged) {
      Caller caller;
      const absl::Status still =
          Admit(tx, running->credentials, running->personal, running->policy, now, &caller);
      if (absl::IsUnauthenticated(still) || absl::IsPermissionDenied(still)) {
        running->revoked = true;
      }
    }
    return absl::OkStatus();
  });
  if (read.ok() || !in_doubt) return;
  for (const std::shared_ptr<Running>& running : judged) running->revoked = true;
}

grpc::Status Pipeline::Read(grpc::ServerContext* context, const Message& request, Message* response,
                            ReadUseCase use_case) {
  return Run(
      context, request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
        RC_RETURN_IF_ERROR(registry::CheckPageTokenOwner(request, call.principal));
        absl::Status status =
            parts_.store->Read(call.cancelled, [&](ReadTx& tx) { return use_case(tx, call); });
        if (status.ok() && call.personal) {
          PersonalContent content = FindPersonalContent(*response);
          const PersonalContent asked = FindPersonalContent(request);
          // An answer about one person need not repeat who that is; that there is nothing is one.
          if (content.people <= 1 && content.numbers.empty() && !asked.numbers.empty()) {
            content.people = 1;
            content.numbers = asked.numbers;
          }
          if (content.people > 0 || asked.people > 0) {
            status = RecordReading(call, {content.people, content.fields, content.numbers});
          }
        } else if (status.ok() && MaskPersonalFields(response)) {
          context->AddTrailingMetadata(kMaskedMetadata, "1");
        }
        if (status.ok()) {
          registry::BindPageToken(call.principal, response);
        } else {
          response->Clear();
        }
        return status;
      });
}

absl::Status Pipeline::RecordReading(const CallContext& call, const Reading& reading) {
  if (!call.personal || !parts_.record_reading) return absl::OkStatus();
  return parts_.store->Write(call.write_options(),
                             [&](WriteTx& tx) { return parts_.record_reading(tx, reading); });
}

void Pipeline::Mask(const CallContext& call, Message* message) {
  if (!call.personal) MaskPersonalFields(message);
}

grpc::Status Pipeline::Write(grpc::ServerContext* context, const Message& request,
                             Message* response, WriteUseCase use_case) {
  return Run(context, request, /*check_request=*/true,
             [&](const CallContext& call) { return RunWrite(call, request, response, use_case); });
}

grpc::Status Pipeline::Stream(grpc::ServerContext* context, const Message& first_request,
                              bool check_request, StreamUseCase use_case) {
  return Run(context, first_request, check_request, use_case);
}

absl::Status Pipeline::RunWrite(const CallContext& call, const Message& request, Message* response,
                                WriteUseCase use_case) {
  const std::string request_id = StringField(request, "request_id");
  const std::string digest = request_id.empty() ? std::string() : RequestDigest(request);
  const bool validate_only = BoolField(request, "validate_only");
  const absl::Status written =
      parts_.store->Write(call.write_options(), [&](WriteTx& tx) -> absl::Status {
        response->Clear();
        // The right may have been taken away while the call waited for its turn.
        RC_ASSIGN_OR_RETURN(const std::set<v1::Permission> rights,
                            parts_.gatekeeper->Rights(tx, call.principal, call.start));
        if (!rights.contains(call.policy.permission()))
          return MissingRight(call.policy.permission());
        if (!request_id.empty() && !validate_only) {
          const absl::StatusOr<StoredAnswer> answer =
              GetAnswer(tx, call.principal, call.method->full_name(), request_id);
          if (answer.ok()) return CheckAnswer(*answer, digest, response);
          if (!absl::IsNotFound(answer.status())) return answer.status();
        }
        RC_RETURN_IF_ERROR(use_case(tx, call));
        // A caller that has gone must not find a change that it was told nothing of, as far as that
        // can be known; after the commit only the request id can tell.
        if (call.cancelled()) {
          return MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                           "the time for this call is over; nothing was changed");
        }
        if (validate_only) {
          tx.Abandon();
        } else if (!request_id.empty() && !tx.abandoned()) {
          return PutAnswer(tx, request_id, {digest, response->SerializeAsString()});
        }
        return absl::OkStatus();
      });
  Mask(call, response);
  return written;
}

absl::StatusOr<bool> Pipeline::FindAnswer(const CallContext& call, const Message& request,
                                          Message* response) {
  const std::string request_id = StringField(request, "request_id");
  if (request_id.empty()) return false;
  bool found = false;
  RC_RETURN_IF_ERROR(parts_.store->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
    const absl::StatusOr<StoredAnswer> answer =
        GetAnswer(tx, call.principal, call.method->full_name(), request_id);
    if (absl::IsNotFound(answer.status())) return absl::OkStatus();
    if (!answer.ok()) return answer.status();
    found = true;
    return CheckAnswer(*answer, RequestDigest(request), response);
  }));
  return found;
}

}  // namespace rollcall::rpc
