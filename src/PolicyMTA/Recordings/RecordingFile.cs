using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Sdk;

namespace PolicyMTA.Recordings;

/// <summary>A file of recorded sessions: a line that says what it is, and a line of JSON for each session. Nobody but its owner may read it.</summary>
internal static class RecordingFile
{
    private const string FirstLine = """{"policymta_recording":1}""";

    /// <summary>Makes a new file.</summary>
    /// <exception cref="IOException">It is there already, or can't be made.</exception>
    public static async Task<StreamWriter> CreateAsync(string path)
    {
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, Options = FileOptions.Asynchronous });
        var writer = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        await writer.WriteLineAsync(FirstLine);
        await writer.FlushAsync();
        return writer;
    }

    /// <summary>The sessions, one at a time, each with its line. A last line without its end was cut off with the recording: it is left out.</summary>
    /// <exception cref="ConfigurationException">It is no recording, or a line of it is damaged.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static async IAsyncEnumerable<(int Line, RecordedSession Session)> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        var endsWhole = EndsWithLineEnd(file);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var number = 1;
        if (await reader.ReadLineAsync(cancellationToken) is not FirstLine) throw new ConfigurationException($"{path}:1: this is no recording that this version can read");
        var next = await reader.ReadLineAsync(cancellationToken);
        while (next is { } line)
        {
            number++;
            next = await reader.ReadLineAsync(cancellationToken);
            if (next is null && !endsWhole) yield break;
            yield return (number, Parse(path, number, line));
        }
    }

    private static RecordedSession Parse(string path, int number, string line)
    {
        try
        {
            return RecordingJson.Read(Encoding.UTF8.GetBytes(line));
        }
        catch (JsonException error)
        {
            throw new ConfigurationException($"{path}:{number}: this is no session: {error.Message}", error);
        }
    }

    private static bool EndsWithLineEnd(FileStream file)
    {
        if (file.Length == 0) return true;
        file.Position = file.Length - 1;
        var last = file.ReadByte();
        file.Position = 0;
        return last == '\n';
    }
}
