/* filecalls.h - the system calls about files.
 *
 * Layer: syscall   Called by: table.c
 *
 * The arguments are told at the top of each file.  Pointers are user addresses,
 * -E... are the errors of the manual page.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct abi_iovec;
struct abi_pollfd;
struct abi_stat;
struct abi_statfs;
struct abi_statx;
struct abi_timespec;
struct abi_timeval;
struct abi_utimbuf;

/* rw.c */
long sys_read(int fd, void *buf, size_t bytes);
long sys_write(int fd, const void *buf, size_t bytes);
long sys_pread64(int fd, void *buf, size_t bytes, off_t pos);
long sys_pwrite64(int fd, const void *buf, size_t bytes, off_t pos);
long sys_readv(int fd, const struct abi_iovec *user, size_t count);
long sys_writev(int fd, const struct abi_iovec *user, size_t count);
long sys_preadv(int fd, const struct abi_iovec *user, size_t count, off_t pos);
long sys_pwritev(int fd, const struct abi_iovec *user, size_t count, off_t pos);
long sys_preadv2(int fd, const struct abi_iovec *user, size_t count, off_t pos,
    unsigned long pos_high, int flags);
long sys_pwritev2(int fd, const struct abi_iovec *user, size_t count, off_t pos,
    unsigned long pos_high, int flags);
long sys_lseek(int fd, off_t offset, int whence);
long sys_truncate(const char *user_path, off_t size);
long sys_ftruncate(int fd, off_t size);
long sys_fallocate(int fd, int mode, off_t offset, off_t bytes);
long sys_fadvise64(int fd, off_t offset, off_t bytes, int advice);
long sys_readahead(int fd, off_t offset, size_t bytes);
long sys_sync_file_range(int fd, off_t offset, off_t bytes, unsigned flags);
long sys_fsync(int fd);
long sys_fdatasync(int fd);
long sys_sync(void);
long sys_syncfs(int fd);
long sys_copy_file_range(int in_fd, off_t *user_in, int out_fd, off_t *user_out,
    size_t bytes, unsigned flags);
long sys_sendfile(int out_fd, int in_fd, off_t *user_pos, size_t bytes);

/* path.c */
long sys_open(const char *path, unsigned flags, mode_t mode);
long sys_openat(int dirfd, const char *path, unsigned flags, mode_t mode);
long sys_creat(const char *path, mode_t mode);
long sys_mkdirat(int dirfd, const char *user_path, mode_t mode);
long sys_mkdir(const char *path, mode_t mode);
long sys_mknodat(int dirfd, const char *user_path, mode_t mode, unsigned
    device);
long sys_mknod(const char *path, mode_t mode, unsigned device);
long sys_symlinkat(const char *user_text, int dirfd, const char *user_path);
long sys_symlink(const char *text, const char *path);
long sys_linkat(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path, int flags);
long sys_link(const char *old_path, const char *new_path);
long sys_unlinkat(int dirfd, const char *user_path, int flags);
long sys_unlink(const char *path);
long sys_rmdir(const char *path);
long sys_renameat2(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path, unsigned flags);
long sys_renameat(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path);
long sys_rename(const char *old_path, const char *new_path);
long sys_readlinkat(int dirfd, const char *user_path, char *buf, int size);
long sys_readlink(const char *path, char *buf, int size);
long sys_chdir(const char *path);
long sys_fchdir(int fd);
long sys_chroot(const char *path);
long sys_getcwd(char *buf, size_t size);
long sys_mount(const char *source, const char *user_path, const char *type,
    unsigned long flags, const char *data);
long sys_umount2(const char *user_path, int flags);

/* attr.c */
long sys_newfstatat(int dirfd, const char *path, struct abi_stat *user, int
    flags);
long sys_stat(const char *path, struct abi_stat *user);
long sys_lstat(const char *path, struct abi_stat *user);
long sys_fstat(int fd, struct abi_stat *user);
long sys_statx(int dirfd, const char *path, int flags, unsigned mask,
    struct abi_statx *user);
long sys_faccessat2(int dirfd, const char *path, int mode, int flags);
long sys_faccessat(int dirfd, const char *path, int mode);
long sys_access(const char *path, int mode);
long sys_fchmodat(int dirfd, const char *path, mode_t mode);
long sys_chmod(const char *path, mode_t mode);
long sys_fchmod(int fd, mode_t mode);
long sys_fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags);
long sys_chown(const char *path, uid_t uid, gid_t gid);
long sys_lchown(const char *path, uid_t uid, gid_t gid);
long sys_fchown(int fd, uid_t uid, gid_t gid);
long sys_umask(mode_t mask);
long sys_utimensat(int dirfd, const char *path, const struct abi_timespec *user,
    int flags);
long sys_futimesat(int dirfd, const char *path, const struct abi_timeval *user);
long sys_utimes(const char *path, const struct abi_timeval *user);
long sys_utime(const char *path, const struct abi_utimbuf *user);
long sys_statfs(const char *path, struct abi_statfs *user);
long sys_fstatfs(int fd, struct abi_statfs *user);

/* fd.c */
long sys_close(int fd);
long sys_close_range(unsigned first, unsigned last, unsigned flags);
long sys_dup(int fd);
long sys_dup3(int fd, int new_fd, int flags);
long sys_dup2(int fd, int new_fd);
long sys_fcntl(int fd, int cmd, unsigned long arg);
long sys_ioctl(int fd, unsigned cmd, unsigned long arg);
long sys_flock(int fd, int operation);
long sys_pipe2(int *user, int flags);
long sys_pipe(int *user);
long sys_memfd_create(const char *user_name, unsigned flags);
long sys_eventfd2(unsigned count, int flags);
long sys_eventfd(unsigned count);
long sys_getdents64(int fd, void *user, unsigned bytes);
long sys_getdents(int fd, void *user, unsigned bytes);

/* poll.c */
long sys_poll(struct abi_pollfd *user, unsigned count, int timeout_ms);
long sys_ppoll(struct abi_pollfd *user, unsigned count,
    struct abi_timespec *timeout, const uint64_t *mask, size_t mask_bytes);
long sys_select(int nfds, uint64_t *readers, uint64_t *writers, uint64_t
    *excepts,
    struct abi_timeval *timeout);
long sys_pselect6(int nfds, uint64_t *readers, uint64_t *writers,
    uint64_t *excepts, struct abi_timespec *timeout, const uint64_t *mask_arg);
