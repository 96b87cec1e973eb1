package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class UserErrorTest {

    @Test
    void reasonsAreWordsAndNoNamesOfClasses() {
        assertThat(UserError.reason(new AccessDeniedException("out"))).isEqualTo("permission denied");
        assertThat(UserError.reason(new NoSuchFileException("out"))).isEqualTo("out does not exist");
        assertThat(UserError.reason(new FileAlreadyExistsException("out"))).isEqualTo("out is a file, not a folder");
        assertThat(UserError.reason(new FileSystemException("out", null, "No space left on device")))
                .isEqualTo("No space left on device");
        assertThat(UserError.reason(new IOException("Input/output error"))).isEqualTo("Input/output error");
    }
}
