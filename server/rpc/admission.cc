#include "server/rpc/admission.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

constexpr std::string_view kLocal = "local";

absl::Status OverShare(const char* what) {
  return MakeError(absl::StatusCode::kResourceExhausted, "CALLER_LIMIT",
                   absl::StrCat("this caller ", what, "; wait a little and try again"));
}

bool IsHeavy(v1::DeadlineClass deadline_class) {
  return deadline_class == v1::DEADLINE_CLASS_LONG || deadline_class == v1::DEADLINE_CLASS_STREAM;
}

}  // namespace

Admission::Ticket& Admission::Ticket::operator=(Ticket&& other) noexcept {
  Release();
  admission_ = std::exchange(other.admission_, nullptr);
  caller_ = std::move(other.caller_);
  stream_ = other.stream_;
  return *this;
}

void Admission::Ticket::Release() {
  if (admission_ == nullptr) return;
  Admission* const admission = std::exchange(admission_, nullptr);
  const std::lock_guard<std::mutex> lock(admission->mutex_);
  if (caller_.empty()) {
    --admission->running_;
    return;
  }
  Share& share = admission->shares_[caller_];
  --share.calls;
  if (stream_) --share.streams;
}

bool Admission::Bucket::HasRoom(const Rate& rate, absl::Time now) {
  if (now > at) {
    used = std::max(0.0, used - absl::ToDoubleSeconds(now - at) * rate.per_second);
    at = now;
  }
  return rate.per_second <= 0 || used + 1 <= rate.burst;
}

bool Admission::Bucket::Take(const Rate& rate, absl::Time now) {
  if (!HasRoom(rate, now)) return false;
  ++used;
  return true;
}

bool Admission::Bucket::Empty(const Rate& rate, absl::Time now) const {
  return absl::ToDoubleSeconds(now - at) * rate.per_second >= used;
}

absl::StatusOr<Admission::Ticket> Admission::Enter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (running_ >= limits_.concurrent) {
    return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_CALLS",
                     "the server is working on as many calls as it may; try again soon");
  }
  ++running_;
  Ticket ticket;
  ticket.admission_ = this;
  return ticket;
}

absl::Status Admission::CheckHost(std::string_view host, absl::Time now) {
  if (host.empty()) return absl::OkStatus();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = failures_.find(std::string(host));
  if (found == failures_.end() || found->second.HasRoom(limits_.failures, now)) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_FAILURES",
                   "too many calls without a valid identity came from this address; wait a minute");
}

void Admission::NoteFailure(std::string_view host, absl::Time now) {
  if (host.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failures_.size() >= kKeptEntries) {
    std::erase_if(failures_,
                  [&](const auto& entry) { return entry.second.Empty(limits_.failures, now); });
  }
  failures_[std::string(host)].Take(limits_.failures, now);
}

absl::StatusOr<Admission::Ticket> Admission::Admit(std::string_view caller,
                                                   v1::DeadlineClass deadline_class,
                                                   absl::Time now) {
  if (caller == kLocal) return Ticket();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (shares_.size() >= kKeptEntries) {
    std::erase_if(shares_, [&](const auto& entry) {
      return entry.second.calls == 0 && entry.second.rate.Empty(limits_.calls, now) &&
             entry.second.heavy_rate.Empty(limits_.heavy_calls, now);
    });
  }
  Share& share = shares_[std::string(caller)];
  const bool stream = deadline_class == v1::DEADLINE_CLASS_STREAM;
  if (share.calls >= limits_.concurrent_per_caller) {
    return OverShare("has as many calls running as it may");
  }
  if (stream && share.streams >= limits_.streams_per_caller) {
    return OverShare("has as many streams running as it may");
  }
  if (!share.rate.Take(limits_.calls, now)) return OverShare("calls too often");
  if (IsHeavy(deadline_class) && !share.heavy_rate.Take(limits_.heavy_calls, now)) {
    return OverShare("asks for too much too often");
  }
  ++share.calls;
  if (stream) ++share.streams;
  Ticket ticket;
  ticket.admission_ = this;
  ticket.caller_ = std::string(caller);
  ticket.stream_ = stream;
  return ticket;
}

std::string HostOf(std::string_view peer) {
  const std::size_t colon = peer.find(':');
  if (colon == std::string_view::npos) return std::string(peer);
  const std::string_view scheme = peer.substr(0, colon);
  if (scheme == "unix" || scheme == "unix-abstract") return "";
  std::string_view rest = peer.substr(colon + 1);
  if (scheme != "ipv4" && scheme != "ipv6") return std::string(peer);
  rest = rest.substr(0, rest.rfind(':'));
  if (scheme == "ipv4") return std::string(rest);
  // gRPC writes the brackets with or without percent signs.
  std::string host =
      absl::StrReplaceAll(std::string(rest), {{"%5B", ""}, {"%5D", ""}, {"[", ""}, {"]", ""}});
  host = host.substr(0, host.find('%'));
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return host;
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

}  // namespace rollcall::rpc
