/* key_make.h: `key generate`. */
#ifndef CMD_KEY_MAKE_H
#define CMD_KEY_MAKE_H

#include "cmd/cmd.h"

command_fn key_generate_command;

#endif
