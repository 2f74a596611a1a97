#include "server/access/directory.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "rollcall/v1/access_service.pb.h"
#include "server/access/principal.h"
#include "server/access/roles.h"
#include "server/access/token_text.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::access {
namespace {

using google::protobuf::Message;

constexpr std::size_t kBucketDigits = 16;

absl::Status NoSuchToken() {
  return MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                   "the token is not accepted; ask an administrator for a new one");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const AccessView>> AccessView::Load(ReadTx& tx) {
  const auto view = std::make_shared<AccessView>();
  RC_ASSIGN_OR_RETURN(view->mark_, GetAccessMark(tx));
  v1::Role role_scratch;
  RC_RETURN_IF_ERROR(RoleTable().List(
      tx, "", "", kNewest, &role_scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const auto& role = dynamic_cast<const v1::Role&>(record);
        auto& permissions = view->roles_[role.name()];
        for (const int permission : role.permissions()) {
          permissions.insert(static_cast<v1::Permission>(permission));
        }
        return true;
      }));
  // A register whose roles were not written yet has an administrator all the same.
  for (const v1::Role& role : BuiltInRoles()) {
    if (role.name() != kAdministratorRole) continue;
    auto& permissions = view->roles_[role.name()];
    for (const int permission : role.permissions()) {
      permissions.insert(static_cast<v1::Permission>(permission));
    }
  }
  view->grants_[std::string(kLocalPrincipal)].push_back({kAdministratorRole});
  v1::Grant grant_scratch;
  RC_RETURN_IF_ERROR(GrantTable().List(
      tx, "", "", kNewest, &grant_scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const auto& grant = dynamic_cast<const v1::Grant&>(record);
        HeldRole held{grant.role()};
        if (grant.has_expire_time()) held.expires = FromTimestamp(grant.expire_time());
        view->grants_[grant.principal()].push_back(std::move(held));
        return true;
      }));
  std::vector<v1::Token> live;
  v1::Token token_scratch;
  RC_RETURN_IF_ERROR(TokenTable().List(tx, "", "", kNewest, &token_scratch,
                                       [&](const Message& record) -> absl::StatusOr<bool> {
                                         const auto& token = dynamic_cast<const v1::Token&>(record);
                                         if (!token.has_revoke_time()) live.push_back(token);
                                         return true;
                                       }));
  for (const v1::Token& token : live) {
    RC_ASSIGN_OR_RETURN(const std::string sha256, GetTokenDigest(tx, token.name()));
    view->tokens_.emplace(
        sha256.substr(0, kBucketDigits),
        Token{sha256, {token.principal(), token.name(), FromTimestamp(token.expire_time())}});
  }
  return std::shared_ptr<const AccessView>(view);
}

std::set<v1::Permission> AccessView::Permissions(std::string_view principal, absl::Time now) const {
  std::set<v1::Permission> permissions = {v1::PERMISSION_SIGNED_IN};
  for (const HeldRole& held : Roles(principal, now)) {
    const auto role = roles_.find(held.role);
    if (role != roles_.end()) permissions.insert(role->second.begin(), role->second.end());
  }
  return permissions;
}

std::vector<HeldRole> AccessView::Roles(std::string_view principal, absl::Time now) const {
  std::map<std::string, absl::Time> latest;
  const auto grants = grants_.find(principal);
  if (grants == grants_.end()) return {};
  for (const HeldRole& held : grants->second) {
    if (held.expires <= now) continue;
    const auto [place, added] = latest.try_emplace(held.role, held.expires);
    if (!added) place->second = std::max(place->second, held.expires);
  }
  std::vector<HeldRole> roles;
  for (const auto& [role, expires] : latest) roles.push_back({role, expires});
  return roles;
}

absl::Time AccessView::NextExpiry(std::string_view principal, absl::Time now) const {
  absl::Time next = absl::InfiniteFuture();
  for (const HeldRole& held : Roles(principal, now)) next = std::min(next, held.expires);
  return next;
}

absl::StatusOr<TokenHolder> AccessView::FindToken(std::string_view text, absl::Time now) const {
  if (!IsTokenText(text)) return NoSuchToken();
  const std::string sha256 = TokenDigest(text);
  const auto [begin, end] = tokens_.equal_range(std::string_view(sha256).substr(0, kBucketDigits));
  for (auto token = begin; token != end; ++token) {
    const Token& candidate = token->second;
    if (candidate.sha256.size() == sha256.size() &&
        CRYPTO_memcmp(candidate.sha256.data(), sha256.data(), sha256.size()) == 0 &&
        now < candidate.holder.expires) {
      return candidate.holder;
    }
  }
  return NoSuchToken();
}

absl::StatusOr<std::shared_ptr<const AccessView>> AccessDirectory::Current(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(const AccessMark mark, GetAccessMark(tx));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (newest_ != nullptr && newest_->mark().mark == mark.mark) return newest_;
  }
  RC_ASSIGN_OR_RETURN(std::shared_ptr<const AccessView> view, AccessView::Load(tx));
  const std::lock_guard<std::mutex> lock(mutex_);
  // A reader of an earlier state must not push out what the others use.
  if (newest_ == nullptr || newest_->mark().revision <= mark.revision) newest_ = view;
  return view;
}

}  // namespace rollcall::access
