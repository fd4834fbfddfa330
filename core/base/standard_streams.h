// hold_standard_streams: no file or socket that a program opens may take the number of a closed standard stream.
//
// A program that is started with its standard output closed would get that number for the next file it opens, and what
// it prints would go into its own store. Each of the three that is closed is held by a descriptor on which the use
// fails. SIGPIPE is ignored, so that a reader that went away is an error of the write, not the end of the process.
// Threads: main's, first thing in main(). Errors: none.
#pragma once

namespace steelyard {

void hold_standard_streams();

}  // namespace steelyard
