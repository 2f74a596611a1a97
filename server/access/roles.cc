#include "server/access/roles.h"

#include <google/protobuf/util/message_differencer.h>

#include <initializer_list>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/access_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

using google::protobuf::Message;

v1::Role MakeRole(const char* id, const char* display_name, const char* note,
                  std::initializer_list<v1::Permission> permissions) {
  v1::Role role;
  role.set_name(absl::StrCat("roles/", id));
  role.set_display_name(display_name);
  role.set_note(note);
  role.set_built_in(true);
  for (const v1::Permission permission : permissions) role.add_permissions(permission);
  return role;
}

absl::Status BuiltIn(std::string_view name) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "BUILT_IN_ROLE",
                   absl::StrCat(ToAbsl(name),
                                " came with the program and changes with it only; record a role of "
                                "your own with the rights that are wanted"),
                   {{"resource", std::string(name)}});
}

absl::Status CheckRole(ReadTx&, const Message* before, Message* record) {
  const auto& role = dynamic_cast<const v1::Role&>(*record);
  if (before != nullptr && dynamic_cast<const v1::Role&>(*before).built_in()) {
    return BuiltIn(role.name());
  }
  std::set<int> seen;
  for (int i = 0; i < role.permissions_size(); ++i) {
    const std::string field = absl::StrCat("role.permissions[", i, "]");
    const int permission = role.permissions(i);
    if (permission == v1::PERMISSION_UNSPECIFIED || permission == v1::PERMISSION_SIGNED_IN) {
      return InvalidField(field, "is no right that a role can give");
    }
    if (!seen.insert(permission).second) {
      return InvalidField(field, "stands in the list twice");
    }
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<v1::Role>& BuiltInRoles() {
  static const std::vector<v1::Role> roles = {
      MakeRole(
          "administrator", "Administrator",
          "Keeps roles, grants, tokens, keys and the catalogue; sees no case and no person.",
          {v1::PERMISSION_CATALOG_READ, v1::PERMISSION_CATALOG_WRITE, v1::PERMISSION_SERVER_READ,
           v1::PERMISSION_SERVER_WRITE, v1::PERMISSION_ACCESS_READ, v1::PERMISSION_ACCESS_WRITE}),
      MakeRole(
          "auditor", "Auditor",
          "Reads the log, who may do what, and the register without people; changes nothing.",
          {v1::PERMISSION_REGISTRY_READ, v1::PERMISSION_CATALOG_READ, v1::PERMISSION_INCIDENT_READ,
           v1::PERMISSION_EXPOSURE_READ, v1::PERMISSION_CASE_READ, v1::PERMISSION_SERVER_READ,
           v1::PERMISSION_TRANSFER_READ, v1::PERMISSION_ACCESS_READ, v1::PERMISSION_AUDIT_READ}),
      MakeRole("case-approver", "Case approver",
               "Looks at a case and approves it, so that its letters may go out.",
               {v1::PERMISSION_REGISTRY_READ, v1::PERMISSION_CATALOG_READ,
                v1::PERMISSION_INCIDENT_READ, v1::PERMISSION_EXPOSURE_READ,
                v1::PERMISSION_CASE_READ, v1::PERMISSION_SERVER_READ, v1::PERMISSION_CASE_APPROVE}),
      MakeRole(
          "privacy-officer", "Privacy officer",
          "Works on incidents and cases, sees people by name, and erases them.",
          {v1::PERMISSION_REGISTRY_READ, v1::PERMISSION_CATALOG_READ, v1::PERMISSION_ROSTER_READ,
           v1::PERMISSION_INCIDENT_READ, v1::PERMISSION_INCIDENT_WRITE,
           v1::PERMISSION_EXPOSURE_READ, v1::PERMISSION_CASE_READ, v1::PERMISSION_CASE_WRITE,
           v1::PERMISSION_SERVER_READ, v1::PERMISSION_TRANSFER_READ, v1::PERMISSION_TRANSFER_CHECK,
           v1::PERMISSION_PERSONAL_READ, v1::PERMISSION_ROSTER_ERASE}),
      MakeRole(
          "procurement", "Procurement",
          "Keeps vendors, contracts, shares and dispositions; sees no people.",
          {v1::PERMISSION_REGISTRY_READ, v1::PERMISSION_REGISTRY_WRITE, v1::PERMISSION_CATALOG_READ,
           v1::PERMISSION_SERVER_READ, v1::PERMISSION_TRANSFER_READ}),
      MakeRole(
          "roster-system", "Roster system",
          "Imports the roster and reads what became of its imports; sees people masked.",
          {v1::PERMISSION_ROSTER_READ, v1::PERMISSION_ROSTER_WRITE, v1::PERMISSION_SERVER_READ}),
      MakeRole("transfer-system", "Transfer system",
               "Asks whether a file may be sent, and records that it was.",
               {v1::PERMISSION_SERVER_READ, v1::PERMISSION_TRANSFER_READ,
                v1::PERMISSION_TRANSFER_CHECK, v1::PERMISSION_TRANSFER_WRITE}),
      MakeRole(
          "viewer", "Viewer", "Reads the register and its counts; people come masked.",
          {v1::PERMISSION_REGISTRY_READ, v1::PERMISSION_CATALOG_READ, v1::PERMISSION_INCIDENT_READ,
           v1::PERMISSION_EXPOSURE_READ, v1::PERMISSION_CASE_READ, v1::PERMISSION_SERVER_READ,
           v1::PERMISSION_TRANSFER_READ}),
  };
  return roles;
}

const registry::Collection& Roles() {
  static const registry::Collection collection = {
      .table = &RoleTable(),
      .pattern = "roles/{role}",
      .check = CheckRole,
      .hindrances = {{&GrantTable(), "role", "a grant names it; delete the grant first"}}};
  return collection;
}

absl::Status PutBuiltInRoles(WriteTx& tx) {
  bool changed = false;
  for (v1::Role role : BuiltInRoles()) {
    v1::Role current;
    const absl::Status found = RoleTable().Get(tx, role.name(), kNewest, &current);
    if (absl::IsNotFound(found)) {
      RC_RETURN_IF_ERROR(RoleTable().Insert(tx, &role));
      changed = true;
      continue;
    }
    RC_RETURN_IF_ERROR(found);
    const bool was_built_in = current.built_in();
    registry::ClearOutputOnly(&current);
    current.set_built_in(was_built_in);
    if (google::protobuf::util::MessageDifferencer::Equals(current, role)) continue;
    RC_RETURN_IF_ERROR(RoleTable().Replace(tx, &role));
    changed = true;
  }
  return changed ? NoteAccessChange(tx) : absl::OkStatus();
}

absl::Status CreateRole(WriteTx& tx, absl::CivilDay today, runtime::IdGenerator& ids,
                        const v1::CreateRoleRequest& request, v1::Role* response) {
  RC_RETURN_IF_ERROR(registry::CreateRecord(tx, Roles(), today, ids, request, response));
  return NoteAccessChange(tx);
}

absl::Status UpdateRole(WriteTx& tx, absl::CivilDay today, const v1::UpdateRoleRequest& request,
                        v1::Role* response) {
  RC_RETURN_IF_ERROR(registry::UpdateRecord(tx, Roles(), today, request, response));
  return tx.changed() ? NoteAccessChange(tx) : absl::OkStatus();
}

absl::Status DeleteRole(WriteTx& tx, const v1::DeleteRoleRequest& request) {
  v1::Role role;
  RC_RETURN_IF_ERROR(registry::CheckName(Roles(), request.name(), "name"));
  RC_RETURN_IF_ERROR(RoleTable().Get(tx, request.name(), kNewest, &role));
  if (role.built_in()) return BuiltIn(role.name());
  RC_RETURN_IF_ERROR(registry::DeleteRecord(tx, Roles(), request));
  return NoteAccessChange(tx);
}

}  // namespace rollcall::access
