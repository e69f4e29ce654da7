// Paths in a configuration are meant from the folder of its file, wherever a command is started.

/// Questions about a configuration's file that need no file system.
public enum ConfigurationFile {
    /// `path` as a process in the current folder opens it: `tokens` in `runs/a/cluster.toml` is
    /// `runs/a/tokens`; an absolute path stays.
    public static func resolve(_ path: String, beside file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}
