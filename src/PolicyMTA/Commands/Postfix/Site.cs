using PolicyMTA.Configuration;
using PolicyMTA.Receiving.Submission;

namespace PolicyMTA.Commands.Postfix;

/// <summary>
/// The server that a program called by an old name is about. Its configuration may not be readable for those who only send mail: then things are where they are
/// when nothing is said.
/// </summary>
internal sealed record Site
{
    private const string SystemFile = "/etc/policymta/policymta.toml";
    private const string FileName = "policymta.toml";

    /// <summary>The configuration file.</summary>
    public required string File { get; init; }
    /// <summary>The configuration; null when this user can't read it.</summary>
    public MailConfiguration? Configuration { get; init; }

    public string Maildrop => Configuration?.LocalSubmission.Folder ?? Path.Combine(Path.GetDirectoryName(File)!, LocalSubmissionSection.DefaultFolder);

    public string ControlSocket => Configuration?.Control.Socket ?? Path.Combine(Path.GetDirectoryName(File)!, "control", "socket");

    public long MessageSizeLimit => Configuration?.Parameters.Int64("message_size_limit") ?? 0;

    /// <summary>Whether this user may do something; the server judges again where it counts.</summary>
    public bool Allows(string parameter) => Configuration is null || UserList.Parse(Configuration.Parameters.List(parameter)).Contains(SystemUsers.Current);

    /// <summary>The site of <c>--config</c> or <c>-C</c> (a file, or its folder), <c>POLICYMTA_CONFIG</c>, <c>MAIL_CONFIG</c>, or the usual place.</summary>
    /// <exception cref="FatalException">The configuration is wrong.</exception>
    public static Site Find(string? given)
    {
        var named = given ?? Environment.GetEnvironmentVariable(ConfigurationLocation.Variable) ?? Environment.GetEnvironmentVariable("MAIL_CONFIG");
        var file = named is { Length: > 0 } ? (Directory.Exists(named) ? Path.Combine(named, FileName) : named) : System.IO.File.Exists(SystemFile) ? SystemFile : FileName;
        file = Path.GetFullPath(file);
        try
        {
            using (System.IO.File.OpenRead(file)) { }
        }
        catch (UnauthorizedAccessException)
        {
            return new Site { File = file };
        }
        catch (IOException failure)
        {
            throw new FatalException(SystemExit.Unavailable, $"{file}: {failure.Message}", failure);
        }
        var result = ConfigurationLoader.Load(file);
        // A file that is being mended must not keep anybody from sending mail.
        return new Site { File = file, Configuration = result.Configuration };
    }
}
