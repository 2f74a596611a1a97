// rollcall document register: records a file by its SHA-256, size and media type.
#ifndef ROLLCALL_CLIENT_CLI_DOCUMENT_REGISTER_H_
#define ROLLCALL_CLIENT_CLI_DOCUMENT_REGISTER_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddDocumentRegister(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_DOCUMENT_REGISTER_H_
