// rollcall statement import: a vendor's statement with an attached list of any length.
#ifndef ROLLCALL_CLIENT_CLI_STATEMENT_IMPORT_H_
#define ROLLCALL_CLIENT_CLI_STATEMENT_IMPORT_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddStatementImport(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_STATEMENT_IMPORT_H_
