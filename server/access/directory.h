// Who may do what, as of one state of the register: what the pipeline asks for every call.

#ifndef ROLLCALL_SERVER_ACCESS_DIRECTORY_H_
#define ROLLCALL_SERVER_ACCESS_DIRECTORY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rollcall/v1/options.pb.h"
#include "storage/access_store.h"
#include "storage/store.h"

namespace rollcall::access {

// A role that a principal holds until some instant.
struct HeldRole {
  std::string role;                             // `roles/{role}`.
  absl::Time expires = absl::InfiniteFuture();  // From then on it gives nothing.
};

// Whom a token stands for.
struct TokenHolder {
  std::string principal;  // `user:NAME`.
  std::string token;      // `tokens/{token}`: names it in logs without its secret.
  absl::Time expires;     // From then on it is worth nothing.
};

// All roles, grants and tokens of one state. Immutable, therefore thread-safe.
class AccessView {
 public:
  // Reads everything that holds in `tx`. Errors: the store's.
  static absl::StatusOr<std::shared_ptr<const AccessView>> Load(ReadTx& tx);

  // The rights of a principal at `now`. PERMISSION_SIGNED_IN is among them for everybody, since
  // whoever asks has been identified; `local` has those of roles/administrator besides.
  std::set<v1::Permission> Permissions(std::string_view principal, absl::Time now) const;

  // The roles that a principal holds at `now`, in ascending order of name, each once with the
  // latest end. `local` holds roles/administrator without end.
  std::vector<HeldRole> Roles(std::string_view principal, absl::Time now) const;

  // The first instant after `now` at which Permissions may answer less; InfiniteFuture if none.
  absl::Time NextExpiry(std::string_view principal, absl::Time now) const;

  // Whom the text of a personal token stands for at `now`.
  // Errors:  kUnauthenticated, one and the same for a text that is no token, one that nobody has, a
  //          revoked and an expired one.
  // Cost:    two SHA-256; fingerprints are compared in constant time.
  absl::StatusOr<TokenHolder> FindToken(std::string_view text, absl::Time now) const;

  // The state that this is.
  const AccessMark& mark() const { return mark_; }

 private:
  struct Token {
    std::string sha256;
    TokenHolder holder;
  };

  AccessMark mark_;
  std::map<std::string, std::set<v1::Permission>> roles_;             // By role.
  std::map<std::string, std::vector<HeldRole>, std::less<>> grants_;  // By principal.
  // By the first 16 digits of the fingerprint, which are no secret: they tell nothing of the text.
  std::multimap<std::string, Token, std::less<>> tokens_;
};

// Keeps the newest view. Thread-safe.
class AccessDirectory {
 public:
  // The view that holds for a transaction: one look-up by primary key, and a reading of all rows
  // only after a change. Within a write transaction it is what that transaction itself wrote.
  // Errors: the store's.
  absl::StatusOr<std::shared_ptr<const AccessView>> Current(ReadTx& tx);

 private:
  std::mutex mutex_;
  std::shared_ptr<const AccessView> newest_;  // Guarded by mutex_.
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_DIRECTORY_H_
