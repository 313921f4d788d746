# SPDX-License-Identifier: GPL-2.0-only
#
# Writes OUTPUT, a C++ file with the digest of what a run's result depends on besides its scenario:
# the FILES of ROOT that the library is built from, and how (FLAGS). Two builds of equal digest give
# equal results. Made from the sources, not from a commit, which does not know what was changed since.

file(STRINGS ${FILES} files)
set(text "${FLAGS}\n")
foreach(file ${files})
  file(SHA256 ${ROOT}/${file} digest)
  string(APPEND text "${digest} ${file}\n")
endforeach()
string(SHA256 digest "${text}")
file(
  WRITE ${OUTPUT}
  "namespace hoststack::python\n{\nextern const char* const kBuildDigest;\nconst char* const kBuildDigest = \"${digest}\";\n}\n"
)
