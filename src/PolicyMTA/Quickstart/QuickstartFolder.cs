using PolicyMTA.Sdk;

namespace PolicyMTA.Quickstart;

/// <summary>Sets up the folder of a quickstart, or finds it set up. What a person has changed in it since stays.</summary>
internal static class QuickstartFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>True when the folder was made now, false when it was there.</summary>
    /// <exception cref="ConfigurationException">The folder holds something else, or can't be written.</exception>
    public static bool Prepare(QuickstartOptions options, string shippedPolicies, TimeProvider time)
    {
        var paths = new QuickstartPaths(options.Root);
        try
        {
            if (File.Exists(paths.Unfinished)) Clear(paths);
            if (File.Exists(paths.Configuration))
            {
                ListenerAddresses.Update(paths.Configuration, options);
                return false;
            }
            Refuse(paths);
            SetUp(paths, options, shippedPolicies, time);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{options.Root}: can't be set up: {e.Message}", e);
        }
    }

    private static void Refuse(QuickstartPaths paths)
    {
        if (File.Exists(paths.Root)) throw new ConfigurationException($"{paths.Root}: is a file; quickstart needs a folder");
        if (!Directory.Exists(paths.Root)) return;
        if (Directory.EnumerateFileSystemEntries(paths.Root).FirstOrDefault() is { } entry)
            throw new ConfigurationException($"{paths.Root}: is neither empty nor made by quickstart (it holds {Path.GetFileName(entry)} and no policymta.toml); choose another with --root");
    }

    private static void SetUp(QuickstartPaths paths, QuickstartOptions options, string shippedPolicies, TimeProvider time)
    {
        Directory.CreateDirectory(paths.Root, OwnerOnly);
        File.WriteAllText(paths.Unfinished, "");
        Directory.CreateDirectory(paths.Plugins);
        Directory.CreateDirectory(paths.Mail);
        CopyPolicies(shippedPolicies, paths.Policies);
        SelfMadeCertificate.Write(paths.Certificate, paths.Key, time);
        var mailboxes = QuickstartMailboxes.Create();
        PostfixAdminDatabase.Create(paths.Database, mailboxes, time);
        QuickstartMailboxes.WritePasswords(paths.Passwords, mailboxes);
        File.WriteAllText(paths.Configuration, QuickstartTexts.Configuration(options));
        File.Delete(paths.Unfinished);
    }

    private static void CopyPolicies(string from, string to)
    {
        if (!Directory.Exists(from)) throw new ConfigurationException($"{from}: the policies that ship with the program are missing");
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static void Clear(QuickstartPaths paths)
    {
        // The marker goes last, so that a second interruption is noticed as well.
        foreach (var entry in new DirectoryInfo(paths.Root).EnumerateFileSystemInfos().Where(entry => entry.FullName != paths.Unfinished))
        {
            if (entry is DirectoryInfo folder) folder.Delete(recursive: true);
            else entry.Delete();
        }
        File.Delete(paths.Unfinished);
    }
}
