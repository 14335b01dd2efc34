# Run at every build: writes OUTPUT when the commit has changed. Without git, or outside of a clone, it is "unknown".
set(commit "unknown")
find_program(git git)
if(git AND EXISTS ${SOURCE_DIR}/.git)
  execute_process(COMMAND ${git} --no-optional-locks describe --always --dirty --abbrev=10 --exclude=*
    WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE result ERROR_QUIET)
  if(result EQUAL 0)
    set(commit ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#pragma once

namespace spillway {

inline constexpr char kProjectVersion[] = "@VERSION@";
inline constexpr char kCommit[] = "@commit@";
inline constexpr char kBuildType[] = "@BUILD_TYPE@";

}  // namespace spillway
]] @ONLY)
