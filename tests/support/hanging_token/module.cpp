// A PKCS#11 module for tests: SoftHSM, whose signatures hang while the file that JPKI_TEST_TOKEN_HANGS names
// exists, as a token does whose device or network is gone.

#include <dlfcn.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include <p11-kit/pkcs11.h>

namespace {

CK_FUNCTION_LIST* soft_hsm() {
  static CK_FUNCTION_LIST* const functions = [] {
    CK_FUNCTION_LIST* list = nullptr;
    void* const library = ::dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return list;
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    if (get == nullptr || get(&list) != CKR_OK) list = nullptr;
    return list;
  }();
  return functions;
}

CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR signature,
           CK_ULONG_PTR signature_size) {
  const char* const file = std::getenv("JPKI_TEST_TOKEN_HANGS");
  while (file != nullptr && ::access(file, F_OK) == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  return soft_hsm()->C_Sign(session, data, size, signature, signature_size);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (list == nullptr) return CKR_ARGUMENTS_BAD;
  if (soft_hsm() == nullptr) return CKR_GENERAL_ERROR;
  static CK_FUNCTION_LIST functions = [] {
    CK_FUNCTION_LIST copy = *soft_hsm();
    copy.C_GetFunctionList = C_GetFunctionList;
    copy.C_Sign = sign;
    return copy;
  }();
  *list = &functions;
  return CKR_OK;
}
