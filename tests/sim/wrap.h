/* wrap - the calls of the state machines that pass through the simulator's disk: `ld --wrap`. */
#ifndef TESTS_SIM_WRAP_H
#define TESTS_SIM_WRAP_H

#include "broker/base/database.h"
#include "broker/sync/tree.h"

int __real_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int size, unsigned flags,
                              sqlite3_stmt **statement, const char **tail);
int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int size, unsigned flags,
                              sqlite3_stmt **statement, const char **tail);
int __real_sqlite3_finalize(sqlite3_stmt *statement);
int __wrap_sqlite3_finalize(sqlite3_stmt *statement);
int __real_database_begin(sqlite3 *db, err_t *err);
int __wrap_database_begin(sqlite3 *db, err_t *err);
int __real_database_run(sqlite3_stmt *statement, const char *doing, err_t *err);
int __wrap_database_run(sqlite3_stmt *statement, const char *doing, err_t *err);
int __real_database_commit(sqlite3 *db, err_t *err);
int __wrap_database_commit(sqlite3 *db, err_t *err);
void __real_database_rollback(sqlite3 *db);
void __wrap_database_rollback(sqlite3 *db);
int __real_crypto_sign_detached(unsigned char *signature, unsigned long long *signature_size,
                                const unsigned char *message, unsigned long long size,
                                const unsigned char *secret);
int __wrap_crypto_sign_detached(unsigned char *signature, unsigned long long *signature_size,
                                const unsigned char *message, unsigned long long size,
                                const unsigned char *secret);
int __real_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long size, const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                       unsigned long long size, const unsigned char *key);
void __real_tree_root(const tree_t *tree, uint8_t root[HASH_SIZE]);
void __wrap_tree_root(const tree_t *tree, uint8_t root[HASH_SIZE]);

#endif
